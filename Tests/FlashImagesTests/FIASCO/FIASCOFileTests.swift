import FlashImages
import Foundation
import Testing
import WireFormat

/// What section 15 of `docs/protocols/fiasco.md` wants tried beside the worked examples and the error cases.
@Suite("FIASCO containers")
struct FIASCOFileTests {
  typealias Sample = FIASCOSample

  @Test func `a checksum of 00 means that none was computed, and is accepted`() throws {
    let file = try Sample.read(FIASCOVectors.replacing(FIASCOVectors.oldStyle, [0x36: 0]))
    #expect(file.images.first?.checksum == .notComputed)
    #expect(file.findings.isEmpty)
  }

  @Test func `a file header may have no block at all`() throws {
    let file = try Sample.read([0xB4, 0, 0, 0, 4, 0, 0, 0, 0] + Sample.image("kernel", [1, 2]))
    #expect(file.headerBlocks.isEmpty && file.name == nil)
    #expect(file.images.count == 1)
    #expect(file.findings.isEmpty)
  }

  @Test func `an unknown header block is kept`() throws {
    let file = try Sample.read([0xB4, 0, 0, 0, 8, 0, 0, 0, 1, 0x55, 2, 7, 8] + Sample.image("kernel", []))
    #expect(file.headerBlocks == [FIASCOStoredBlock(type: 0x55, data: [7, 8])])
    #expect(file.findings.map(\.code) == ["F12"])
  }

  @Test func `a type name may fill all twelve bytes`() throws {
    let file = try Sample.read(Sample.file(Sample.image("twelve-bytes", [1, 2])))
    #expect(file.images.first?.type == "twelve-bytes")
  }

  @Test func `an image that is not filled up, or empty, is legal`() throws {
    let file = try Sample.read(Sample.file(Sample.image("kernel", [1, 2, 3, 4, 5]), Sample.image("initfs", [])))
    #expect(file.images.map(\.size) == [5, 0])
    #expect(file.images.map(\.missingPadding) == [123, 0])
    #expect(try file.verifyHash(of: 0) == .valid)
    #expect(try file.verifyHash(of: 1) == .valid)
  }

  @Test func `34 revisions come in two blocks, and two devices in two`() throws {
    let revisions = (1...34).map { "\($0)" }
    let blocks = [
      Sample.device("RX-51", Array(revisions[..<29])), Sample.device("RX-51", Array(revisions[29...])),
      Sample.device("RX-44"),
    ]
    let file = try Sample.read(Sample.file(Sample.image("xloader", [], blocks: blocks)))
    let devices = try #require(file.images.first?.devices)
    #expect(devices.map(\.device) == ["RX-51", "RX-51", "RX-44"])
    #expect(devices.flatMap(\.revisions) == revisions)
  }

  @Test func `a packed revision list is read, and its bytes are kept`() throws {
    let packed = Sample.block(0x32, Array("RX-51\u{0}2101\u{0}2102\u{0}12345678\u{0}".utf8))
    let file = try Sample.read(Sample.file(Sample.image("kernel", [], blocks: [packed])))
    let image = try #require(file.images.first)
    #expect(image.devices == [FIASCODeviceEntry(device: "RX-51", revisions: ["2101", "2102", "12345678"])])
    var bytes: [UInt8] = []
    image.blocks[1].serialize(into: &bytes)
    #expect(bytes == packed)
  }

  @Test func `a layout may have 255 bytes and a version 254 characters, with or without its NUL`() throws {
    let layout = [UInt8](repeating: 0x20, count: 255)
    let version = String(repeating: "v", count: 254)
    let blocks = [Sample.version(version), Sample.block(0x33, layout)]
    let image = try #require(try Sample.read(Sample.file(Sample.image("mmc", [], blocks: blocks))).images.first)
    #expect(image.version == version)
    #expect(image.layout == layout)
    let bare = [Sample.block(0x31, Array("1.0".utf8))]
    #expect(try Sample.read(Sample.file(Sample.image("mmc", [], blocks: bare))).images.first?.version == "1.0")
  }

  @Test func `an end marker may be cut off behind its name`() throws {
    let file = try Sample.read(FIASCOVectors.oldStyle + FIASCOVectors.endMarker.prefix(29))
    #expect(file.end == .endMarker)
    #expect(file.findings.isEmpty)
  }

  @Test func `the same images twice are no finding, as their data may be equal`() throws {
    let file = try Sample.read(Sample.file(Sample.image("kernel", [1, 2]), Sample.image("kernel", [1, 2])))
    #expect(file.findings.isEmpty)
    #expect(try file.haveSameData(0, 1))
  }

  @Test func `equal hashes do not make equal data`() throws {
    let file = try Sample.read(
      Sample.file(Sample.image("kernel", [1, 2, 0, 0]), Sample.image("kernel", [0, 0, 1, 2])))
    #expect(file.images[0].fileData.hash == file.images[1].fileData.hash)
    #expect(try !file.haveSameData(0, 1))
  }

  @Test func `a block that is claimed but not there is never allocated or read`() throws {
    let bytes = FIASCOVectors.oldStyle.prefix(25) + [0x54, 0xFF, 0x2E, 0x19]
    #expect(throws: ImageError.self) { try Sample.read(Array(bytes)) }
    #expect(try Sample.read(Array(bytes), .lenient).images.isEmpty)
  }

  @Test func `every truncation of a container is an error or a finding, never a crash`() throws {
    for vector in [FIASCOVectors.twoImages, FIASCOVectors.multiPart, FIASCOVectors.shortCount] {
      let beyond = (0..<vector.count).filter { length in
        let file = try? Sample.read(Array(vector.prefix(length)), .lenient)
        return file?.images.contains { $0.dataRange.upperBound > UInt64(length) } == true
      }
      #expect(beyond.isEmpty)
    }
  }

  @Test func `images beyond 4 GiB are found at their 64-bit offsets`() throws {
    let workspace = try Workspace()
    let size: UInt32 = 0x9000_0000
    let header = Sample.header("mmc", size: size, hash: 0)
    let last = Sample.image("kernel", FIASCOVectors.kernelData)
    let path = try workspace.write(Array(Sample.fileHeader) + header, to: "large.fiasco")
    let handle = try #require(FileHandle(forWritingAtPath: path))
    var offset = UInt64(Sample.fileHeader.count + header.count) + UInt64(size)
    try handle.seek(toOffset: offset)
    try handle.write(contentsOf: Data(Sample.header("rootfs", size: size, hash: 0)))
    offset += UInt64(header.count) + UInt64(size)
    try handle.seek(toOffset: offset)
    try handle.write(contentsOf: Data(last))
    try handle.close()
    let file = try FIASCOFile(path: path, mode: .strict)
    #expect(file.images.map(\.type) == ["mmc", "rootfs", "kernel"])
    #expect(file.images[2].headerOffset == offset)
    #expect(file.images[2].headerOffset > UInt64(UInt32.max))
    #expect(try file.verifyHash(of: 2) == .valid)
  }

  @Test func `a file that is missing, a folder and an empty file are told apart`() throws {
    let workspace = try Workspace()
    #expect(throws: ImageError.missing(path: workspace.path("none"))) {
      try FIASCOFile(path: workspace.path("none"), mode: .lenient)
    }
    #expect(throws: ImageError.notAFile(path: workspace.path)) {
      try FIASCOFile(path: workspace.path, mode: .lenient)
    }
    let empty = try workspace.write([], to: "empty")
    #expect(throws: ImageError.malformed(path: empty, offset: 0, reason: "F01 not a FIASCO file")) {
      try FIASCOFile(path: empty, mode: .lenient)
    }
  }

  @Test func `verifying a hash ends when its task is cancelled`() async throws {
    let file = try Sample.read(FIASCOVectors.oldStyle)
    let task = Task { () -> Bool in
      withUnsafeCurrentTask { $0?.cancel() }
      do throws(ImageError) { _ = try file.verifyHash(of: 0) } catch { return error == .cancelled }
      return false
    }
    #expect(await task.value)
  }

  @Test func `the hash of data in many pieces is that of the data`() throws {
    let data = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }
    let file = try Sample.read(Sample.file(Sample.image("rootfs", data)))
    var progress: [UInt64] = []
    #expect(try file.verifyHash(of: 0) { progress.append($0) } == .valid)
    #expect(progress == [1 << 20, 2 << 20, 3_000_001])
  }
}
