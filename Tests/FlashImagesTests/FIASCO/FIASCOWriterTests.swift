import FlashImages
import Foundation
import Testing
import WireFormat

@Suite("Writing FIASCO containers")
struct FIASCOWriterTests {
  typealias Sample = FIASCOSample

  static func source(_ bytes: [UInt8]) throws -> any ImageSource {
    try RandomAccessImageSource(MemoryBytes(bytes))
  }

  static func source(_ text: String) throws -> any ImageSource { try source(Array(text.utf8)) }

  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  private func written(_ images: [FIASCONewImage], by writer: FIASCOWriter) throws -> [UInt8] {
    try writer.write(images, to: workspace.path("out.fiasco"))
    #expect(workspace.names.contains("out.fiasco"))
    #expect(!workspace.names.contains { $0.hasPrefix(".") })
    return try workspace.read("out.fiasco")
  }

  @Test func `14.1 comes out in the old format`() throws {
    let kernel = try FIASCONewImage(type: "kernel", content: .stream(Self.source("ABCDE")))
    #expect(try written([kernel], by: FIASCOWriter(isOldFormat: true)) == FIASCOVectors.oldStyle)
  }

  @Test func `14.2 comes out byte for byte`() throws {
    let kernel = try FIASCONewImage(
      type: "kernel", version: "1.0", devices: [FIASCODeviceEntry(device: "RX-51", revisions: ["2101", "2102"])],
      content: .stream(Self.source("ABCDE")))
    #expect(try written([kernel], by: FIASCOWriter(release: "SWTEST")) == FIASCOVectors.complete)
  }

  @Test func `14.3 comes out byte for byte`() throws {
    let mmc = try FIASCONewImage(
      type: "mmc", version: "1.0", devices: [FIASCODeviceEntry(device: "RX-51")], layout: Array("mmc {\n}\n".utf8),
      content: .pieces([
        .init(name: "mydocs", source: Self.source("hello mydocs")), .init(source: Self.source("home tar data")),
      ]))
    #expect(try written([mmc], by: FIASCOWriter()) == FIASCOVectors.multiPart)
  }

  @Test func `14.4 comes out without its end marker`() throws {
    let images = [
      try FIASCONewImage(type: "kernel", content: .stream(Self.source("ABCDE"))),
      try FIASCONewImage(type: "initfs", content: .stream(Self.source([0x85, 0x19] + Array("init".utf8)))),
    ]
    #expect(try written(images, by: FIASCOWriter(isOldFormat: true)) == FIASCOVectors.twoImages.dropLast(30))
  }

  @Test func `34 revisions are written in blocks of 29 and 5`() throws {
    let revisions = (1...34).map { "\($0)" }
    let image = try FIASCONewImage(
      type: "xloader", devices: [FIASCODeviceEntry(device: "RX-51", revisions: revisions)],
      content: .stream(Self.source("x")))
    let file = try Sample.read(try written([image], by: FIASCOWriter()))
    #expect(file.images.first?.devices.map(\.revisions.count) == [29, 5])
    #expect(file.images.first?.blocks[1].data.count == 0xF8)
  }

  @Test func `data of several pieces, odd lengths and none are hashed and filled up right`() throws {
    let images = try [0, 1, 127, 128, 129, 3_000_001].map { count in
      try FIASCONewImage(type: "rootfs", content: .stream(Self.source([UInt8](repeating: 0x5A, count: count))))
    }
    let file = try Sample.read(try written(images, by: FIASCOWriter()), .lenient)
    #expect(file.images.map(\.size) == [0, 128, 128, 128, 256, 3_000_064])
    for index in file.images.indices { #expect(try file.verifyHash(of: index) == .valid) }
  }

  @Test(
    "values that do not fit their fields are refused",
    arguments: [("type", 13), ("type", 0), ("version", 255), ("layout", 256), ("device", 17), ("revision", 9)])
  func limits(field: String, length: Int) throws {
    let long = String(repeating: "x", count: length)
    let error = #expect(throws: FIASCOWriteError.self) {
      try FIASCONewImage(
        type: field == "type" ? long : "kernel", version: field == "version" ? long : nil,
        devices: [
          FIASCODeviceEntry(
            device: field == "device" ? long : "RX-51", revisions: [field == "revision" ? long : "2101"])
        ],
        layout: field == "layout" ? Array(long.utf8) : nil, content: .stream(Self.source("x")))
    }
    guard case .outOfRange(field, UInt64(length), _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func `a release, a part name and the number of blocks have limits`() throws {
    #expect(throws: FIASCOWriteError.outOfRange(field: "release", length: 255, allowed: 0...254)) {
      try FIASCOWriter(release: String(repeating: "r", count: 255))
    }
    #expect(throws: FIASCOWriteError.outOfRange(field: "part name", length: 240, allowed: 0...239)) {
      try FIASCONewImage(
        type: "mmc", content: .pieces([.init(name: String(repeating: "p", count: 240), source: Self.source("x"))]))
    }
    #expect(throws: FIASCOWriteError.textWithNUL(field: "version")) {
      try FIASCONewImage(type: "mmc", version: "1\u{0}2", content: .stream(Self.source("x")))
    }
    let crowded = try FIASCONewImage(
      type: "mmc", devices: Array(repeating: FIASCODeviceEntry(device: "RX-51"), count: 254),
      content: .stream(Self.source("x")))
    #expect(throws: FIASCOWriteError.outOfRange(field: "blocks", length: 256, allowed: 1...255)) {
      try FIASCOWriter().write([crowded], to: workspace.path("out.fiasco"))
    }
    #expect(workspace.names.isEmpty)
  }

  @Test func `an image of 4 GiB is refused before anything is read`() throws {
    let path = try workspace.write([], to: "huge")
    let handle = try #require(FileHandle(forWritingAtPath: path))
    try handle.truncate(atOffset: 1 << 32)
    let image = try FIASCONewImage(type: "mmc", content: .stream(FileImageSource(path: path)))
    let limit = UInt64(UInt32.max)
    #expect(throws: FIASCOWriteError.outOfRange(field: "data", length: limit + 1, allowed: 0...limit)) {
      try FIASCOWriter().write([image], to: workspace.path("out.fiasco"))
    }
    #expect(workspace.names == ["huge"])
  }

  @Test func `an existing file is left alone unless it may be replaced`() throws {
    let path = try workspace.write([1, 2, 3], to: "out.fiasco")
    let image = try FIASCONewImage(type: "kernel", content: .stream(Self.source("ABCDE")))
    #expect(throws: FIASCOWriteError.file(.system(operation: "create", path: path, errno: EEXIST))) {
      try FIASCOWriter().write([image], to: path)
    }
    #expect(try workspace.read("out.fiasco") == [1, 2, 3])
    try FIASCOWriter(isOldFormat: true).write([image], to: path, replacing: true)
    #expect(try workspace.read("out.fiasco") == FIASCOVectors.oldStyle)
    #expect(workspace.names == ["out.fiasco"])
  }

  @Test func `an input is never written over, however its path is spelled`() throws {
    let input = try workspace.write(Array("ABCDE".utf8), to: "zImage")
    let image = try FIASCONewImage(type: "kernel", content: .stream(FileImageSource(path: input)))
    let spelled = workspace.path + "/./zImage"
    #expect(throws: FIASCOWriteError.overwritesInput(path: spelled)) {
      try FIASCOWriter().write([image], to: spelled, replacing: true)
    }
    #expect(try workspace.read("zImage") == Array("ABCDE".utf8))
  }

  @Test func `a source that fails leaves no file behind`() throws {
    struct Failing: ImageSource {
      var byteCount: UInt64? { nil }
      func open() throws(ImageError) -> any ImageReader { throw .missing(path: "gone") }
    }
    let image = try FIASCONewImage(type: "kernel", content: .stream(Failing()))
    #expect(throws: FIASCOWriteError.file(.missing(path: "gone"))) {
      try FIASCOWriter().write([image], to: workspace.path("out.fiasco"))
    }
    #expect(workspace.names.isEmpty)
  }

  @Test func `a folder that is not there is said to be missing`() throws {
    #expect(throws: FIASCOWriteError.file(.system(operation: "open", path: workspace.path("no"), errno: ENOENT))) {
      try FIASCOWriter().write([], to: workspace.path("no/out.fiasco"))
    }
  }
}
