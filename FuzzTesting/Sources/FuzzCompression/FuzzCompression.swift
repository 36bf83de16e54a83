import FlashImages
import Glibc
import LibFuzzer
import WireFormat

/// Unpacks bytes in every format, whatever they begin with, through small buffers and within small limits.
@main
struct FuzzCompression {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  let limits = DecompressionLimits(memoryByteCount: 1 << 20, expandedByteCount: 1 << 20)
  for format in CompressionFormat.allCases where format.isUnpacked {
    guard let packed = try? CompressedBytes(MemoryBytes(bytes), format: format, limits: limits) else { continue }
    let whole = unpack(packed, by: 65536)
    let pieces = unpack(packed, by: 7)
    LibFuzzer.require(whole == pieces, "the size of the pieces changes nothing")
  }
  var options = ImageFile.Options()
  options.limits = limits
  if let file = try? ImageFile(MemoryBytes(bytes), options: options), file.compression != nil {
    if let measured = try? file.measured(), let length = measured.source.byteCount, file.sparse == nil {
      LibFuzzer.require((try? ImageScan(measured.source))?.byteCount == length, "a measured image keeps its length")
    }
  }
  return 0
}

/// A hash of what comes out, and whether it ended well.
private func unpack(_ packed: CompressedBytes, by count: Int) -> [UInt64]? {
  guard let reader = try? packed.openBytes() else { return nil }
  var checksum = CRC32()
  var total: UInt64 = 0
  var buffer = [UInt8](repeating: 0, count: count)
  while true {
    guard let read = try? buffer.withUnsafeMutableBytes({ try reader.read(into: $0) }) else { return nil }
    let piece = Array(buffer[..<read])
    checksum.update(piece.rawSpan)
    total += UInt64(read)
    if read < count { return [total, UInt64(checksum.value)] }
  }
}
