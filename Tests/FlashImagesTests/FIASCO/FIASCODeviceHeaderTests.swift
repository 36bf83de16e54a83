import FlashImages
import Testing
import WireFormat

@Suite("FIASCO headers for devices")
struct FIASCODeviceHeaderTests {
  typealias Sample = FIASCOSample

  @Test func `only the entry of the device's revision is sent`() throws {
    let blocks = [
      Sample.device("RX-44", ["0101"]), Sample.device("RX-51", ["1101"]), Sample.device("RX-51", ["2101", "2102"]),
    ]
    let image = try #require(try Sample.read(Sample.file(Sample.image("xloader", [], blocks: blocks))).images.first)
    let header = FIASCODeviceHeader(
      for: image, fileData: image.fileData, device: "RX-51", revision: "2102", adding: .nolo)
    #expect(header.blocks.dropFirst().map(\.block) == [.device(.init(device: "RX-51", revisions: ["2101", "2102"]))])
  }

  @Test func `Mk II gets the layout, several parts and the end byte`() throws {
    let image = try #require(try Sample.read(FIASCOVectors.multiPart).images.first)
    let header = FIASCODeviceHeader(
      for: image, fileData: image.fileData, device: "RX-51", revision: "2101", adding: .mkII)
    #expect(header.blocks.map(\.type) == [0x2E, 0x32, 0x31, 0x33, 0x34, 0x34])
    #expect(header.bytes.last == 0)
    let nolo = FIASCODeviceHeader(for: image, fileData: image.fileData, device: "RX-51", revision: nil, adding: .nolo)
    #expect(nolo.blocks.map(\.type) == [0x2E, 0x32, 0x31])
  }

  @Test("size and hash are those of the data filled up", arguments: [0, 1, 2, 5, 126, 127, 128, 129, 255])
  func padded(count: Int) throws {
    let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 3) }
    for (type, multiple) in [("kernel", 128), ("mmc", 256)] {
      let file = try Sample.read(Sample.file(Sample.image(type, data)))
      let size = (count + multiple - 1) / multiple * multiple
      let fileData = try file.paddedFileData(of: 0)
      #expect(fileData.size == UInt32(size))
      #expect(fileData.hash == Sample.hash(FIASCOVectors.filled(data, to: size)))
    }
  }
}
