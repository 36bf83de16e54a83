import FlashImages
import Testing
import WireFormat

@Suite("FIASCO worked examples")
struct FIASCOVectorTests {
  @Test(
    "the bytes have the digests of the specification",
    arguments: [
      (FIASCOVectors.oldStyle, "541ad6ce30a79a12b36510b704cf82267c678a228ba0d40ea16d41f1c7eba6c2"),
      (FIASCOVectors.complete, "9a96a5f1cb0f5bd62cc32c5a6e1cd59fa1077f67849cdc1e6f0e250d3671dd86"),
      (FIASCOVectors.multiPart, "e3e3c93571778cda12b8d414c13dc46b7577f1469dd2b9827a6b8302e9fd2039"),
      (FIASCOVectors.twoImages, "c0c5cdf7809c7dc2f163b95acfc1447b6047ddd088d2b2ed26fc8785d0058b38"),
      (FIASCOVectors.shortCount, "1fb107e55a6149c8ca4e246bfd4f5e554cc20eee8635474c109bf51a6933d307"),
    ])
  func digests(bytes: [UInt8], digest: String) {
    #expect(FIASCOVectors.sha256(bytes) == digest)
  }

  @Test func `14.1 is one kernel of 128 bytes with a valid hash and no part`() throws {
    let file = try FIASCOSample.read(FIASCOVectors.oldStyle)
    #expect(file.name == "OSSO UART+USB")
    #expect(file.release == nil)
    #expect(file.end == .endOfFile)
    #expect(file.findings.isEmpty)
    let image = try #require(file.images.first)
    #expect(file.images.count == 1)
    #expect(image.type == "kernel")
    #expect(image.dataRange == 55..<183)
    #expect(image.fileData.hash == 0x06B8)
    #expect(image.storedChecksum == 0xF6)
    #expect(image.checksum == .valid)
    #expect(image.version == nil && image.devices.isEmpty && image.layout == nil && image.parts.isEmpty)
    #expect(try file.verifyHash(of: 0) == .valid)
  }

  @Test func `14.2 carries release, version, revisions and one part`() throws {
    let file = try FIASCOSample.read(FIASCOVectors.complete)
    #expect(file.release == "SWTEST")
    #expect(file.headerLength == 0x1D)
    let image = try #require(file.images.first)
    #expect(image.version == "1.0")
    #expect(image.devices == [FIASCODeviceEntry(device: "RX-51", revisions: ["2101", "2102"])])
    #expect(image.parts == [FIASCOPart(offset: 0, size: 0x80)])
    #expect(image.storedChecksum == 0x53)
    #expect(try file.verifyHash(of: 0) == .valid)
    #expect(file.findings.isEmpty)
  }

  @Test func `14.3 carries a layout and two parts`() throws {
    let file = try FIASCOSample.read(FIASCOVectors.multiPart)
    let image = try #require(file.images.first)
    #expect(image.type == "mmc")
    #expect(image.layout == Array("mmc {\n}\n".utf8))
    #expect(image.devices == [FIASCODeviceEntry(device: "RX-51")])
    #expect(
      image.parts == [FIASCOPart(offset: 0, size: 0x100, name: "mydocs"), FIASCOPart(offset: 0x100, size: 0x100)])
    #expect(try file.verifyHash(of: 0) == .valid)
  }

  @Test func `14.4 ends at the marker, whose size and data are not read`() throws {
    let file = try FIASCOSample.read(FIASCOVectors.twoImages)
    #expect(file.images.map(\.type) == ["kernel", "initfs"])
    #expect(file.end == .endMarker)
    #expect(file.tail == 341..<371)
    #expect(try file.verifyHash(of: 1) == .valid)
    #expect(file.images[1].detectedKind == .initfs)
    #expect(file.findings.isEmpty)
  }

  @Test(
    "14.5 is accepted with a warning: the part that is not counted is taken in", arguments: FIASCOFile.Mode.allCases)
  func shortCount(mode: FIASCOFile.Mode) throws {
    let file = try FIASCOSample.read(FIASCOVectors.shortCount, mode)
    let image = try #require(file.images.first)
    #expect(image.storedBlockCount == 3)
    #expect(image.blocks.count == 4)
    #expect(image.parts == [FIASCOPart(offset: 0, size: 0x80)])
    #expect(image.checksum == .valid)
    #expect(image.dataRange == 122..<250)
    #expect(file.findings == [FIASCOFinding(.blockCountTooSmall(stored: 3), offset: 0x23, image: 0)])
    #expect(file.worstSeverity == .warning)
    #expect(try file.verifyHash(of: 0) == .valid)
  }

  @Test func `14.6 describes three partitions, and is written the same`() throws {
    let bytes = FIASCOVectors.partitionInfo
    let block = try FIASCOBlock.parse(bytes.rawSpan, at: 0).block
    #expect(block.type == FIASCOPartitionInfo.blockType)
    let data = block.data
    let info = try FIASCOPartitionInfo(parsing: data.rawSpan)
    #expect(
      info.entries == [
        .init(type: 3, attribute: 2, size: 0x20_0000), .init(type: 4, attribute: 2, size: 0x20_0000),
        .init(type: 5, attribute: 1, size: 0),
      ])
    var written: [UInt8] = []
    info.serialize(into: &written)
    #expect([0x2F, 0x21] + written == FIASCOVectors.partitionInfo)
    var whole: [UInt8] = []
    block.serialize(into: &whole)
    #expect(whole == FIASCOVectors.partitionInfo)
  }

  @Test("14.6 shows a device with and without revisions, both ways")
  func devices() throws {
    for (bytes, revisions) in [(FIASCOVectors.anyRevision, []), (FIASCOVectors.oneRevision, ["2101"])] {
      let entry = FIASCODeviceEntry(device: "RX-51", revisions: revisions)
      let (block, end) = try FIASCOBlock.parse(bytes.rawSpan, at: 0)
      #expect(block == .device(entry))
      #expect(end == bytes.count)
      var written: [UInt8] = []
      FIASCOBlock.device(entry).serialize(into: &written)
      #expect(written == bytes)
    }
  }

  @Test func `14.7 is the header of the kernel of 14.2 for a device of revision 2101`() throws {
    let image = try #require(try FIASCOSample.read(FIASCOVectors.complete).images.first)
    let header = FIASCODeviceHeader(
      for: image, fileData: image.fileData, device: "RX-51", revision: "2101", adding: .nolo)
    #expect(header.bytes == FIASCOVectors.deviceHeader)
    let mkII = FIASCODeviceHeader(
      for: image, fileData: image.fileData, device: "RX-51", revision: "2101", adding: .mkII)
    #expect(mkII.bytes == FIASCOVectors.deviceHeader + [0])
  }
}
