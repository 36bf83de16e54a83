import FlashImages
import Glibc
import LibFuzzer
import WireFormat

/// Reads bytes as a FIASCO container in every mode and does with it what commands do, apart from writing files; bytes
/// that begin as JSON are read as a `fiasco.json`.
@main
struct FuzzFIASCO {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  if bytes.first == UInt8(ascii: "{") {
    if let manifest = try? FIASCOManifest(json: bytes, path: "fuzz") {
      LibFuzzer.require(
        (try? FIASCOManifest(json: manifest.json(), path: "again")) == manifest, "a manifest survives its JSON")
    }
    return 0
  }
  let files = FIASCOFile.Mode.allCases.map { try? FIASCOFile(MemoryBytes(bytes), mode: $0) }
  if let strict = files[0] {
    LibFuzzer.require(files[1]?.images == strict.images, "what strict accepts, lenient reads the same")
  }
  for case let file? in files { use(file, of: bytes) }
  return 0
}

private func use(_ file: FIASCOFile, of bytes: [UInt8]) {
  for (index, image) in file.images.enumerated() {
    LibFuzzer.require(image.dataRange.upperBound <= UInt64(bytes.count), "data lie inside the file")
    LibFuzzer.require(image.dataRange.upperBound <= file.tail.lowerBound, "the tail is behind all data")
    LibFuzzer.require(
      image.parts.allSatisfy { $0.offset <= image.size && $0.size <= image.size - $0.offset },
      "parts lie inside the data")
    checkHeader(of: image, in: bytes)
    _ = try? file.verifyHash(of: index)
    _ = FIASCOImageName(parsing: FIASCOImageName(image).fileName(isPortable: true))
    if let fileData = try? file.paddedFileData(of: index) {
      _ = FIASCODeviceHeader(for: image, fileData: fileData, device: "RX-51", revision: "2101", adding: .mkII).bytes
    }
  }
  for finding in file.findings {
    LibFuzzer.require(finding.offset <= UInt64(bytes.count), "a finding is in the file")
    _ = finding.error(path: "fuzz")
  }
  for purpose in [FIASCOSelection.Purpose.flashing, .coldFlashing] {
    guard let choice = try? file.select(.init(device: "RX-51", revision: "2101", purpose: purpose)) else { continue }
    LibFuzzer.require(choice.chosen.count + choice.leftOut.count <= file.images.count, "no image is chosen twice")
  }
}

/// A header written again from what was read is the header that was read.
private func checkHeader(of image: FIASCOImage, in bytes: [UInt8]) {
  var header: [UInt8] = [0x54, image.storedBlockCount]
  for block in image.blocks { block.serialize(into: &header) }
  header.append(image.storedChecksum)
  let stored = bytes[Int(image.headerOffset)..<Int(image.dataOffset)]
  LibFuzzer.require(stored.elementsEqual(header), "headers keep every byte")
}
