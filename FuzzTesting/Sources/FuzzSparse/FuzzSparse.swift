import FlashImages
import Glibc
import LibFuzzer
import WireFormat

/// Reads bytes as an Android sparse image, in both modes, and holds what the check, the reader, seeking and the runs say
/// about it against each other.
@main
struct FuzzSparse {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  for mode in SparseImageSource.Mode.allCases {
    guard let plain = try? PlainBytes(MemoryBytes(bytes)), let image = try? SparseImageSource(plain, mode: mode)
    else { continue }
    _ = try? SparseCheck(mode: mode).run(image)
    guard let summary = try? SparseCheck(mode: mode, comparesChecksums: false).run(image),
      let scan = try? ImageScan(image)
    else { continue }
    LibFuzzer.require(scan.byteCount == image.byteCount, "a checked image is as long as its header says")
    LibFuzzer.require(
      scan.dataByteCount == summary.dataByteCount && scan.fillByteCount == summary.fillByteCount
        && scan.skipByteCount == summary.skipByteCount, "check and reader find the same")
    seek(image)
    walkRuns(of: image, content: scan.dataByteCount + scan.fillByteCount)
  }
  _ = try? ImageFile(MemoryBytes(bytes))
  return 0
}

private func seek(_ image: SparseImageSource) {
  guard let total = image.byteCount, let reader = try? image.openSeekable() else { return }
  for target in [total / 2, total, 0, total / 3, total == 0 ? 0 : total - 1] {
    guard (try? reader.seek(to: target)) != nil, let extent = try? reader.next() else { continue }
    LibFuzzer.require(extent.length <= total - target, "an extent ends with the image")
  }
}

private func walkRuns(of image: SparseImageSource, content: UInt64) {
  guard let runs = try? ImageRunReader(image) else { return }
  var covered: UInt64 = 0
  var end: UInt64 = 0
  while let run = try? runs.next() {
    LibFuzzer.require(run.length > 0 && (covered == 0 || run.offset >= end), "runs are in order")
    covered += run.length
    end = run.offset + run.length
  }
  LibFuzzer.require(covered == content, "runs cover data and fills, and nothing else")
}
