import FlashImages
import Foundation
import Testing
import WireFormat

/// unpack, then pack, gives the same bytes, whatever is odd about them; section 15 of `docs/protocols/fiasco.md`.
@Suite("Unpacking and rebuilding FIASCO containers")
struct FIASCORoundTripTests {
  typealias Sample = FIASCOSample

  struct Oddity: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var bytes: [UInt8]
  }

  static func change(_ bytes: [UInt8], _ changes: [Int: UInt8]) -> [UInt8] { FIASCOVectors.replacing(bytes, changes) }

  static let oddities: [Oddity] = [
    Oddity(testDescription: "14.1", bytes: FIASCOVectors.oldStyle),
    Oddity(testDescription: "14.2", bytes: FIASCOVectors.complete),
    Oddity(testDescription: "14.3", bytes: FIASCOVectors.multiPart),
    Oddity(testDescription: "14.4", bytes: FIASCOVectors.twoImages),
    Oddity(testDescription: "14.5", bytes: FIASCOVectors.shortCount),
    Oddity(testDescription: "checksum 00", bytes: change(FIASCOVectors.oldStyle, [0x36: 0])),
    Oddity(testDescription: "checksum wrong", bytes: change(FIASCOVectors.oldStyle, [0x36: 1])),
    Oddity(testDescription: "hash wrong", bytes: change(FIASCOVectors.oldStyle, [0x40: 1])),
    Oddity(testDescription: "header length wrong", bytes: change(FIASCOVectors.oldStyle, [4: 0x99])),
    Oddity(testDescription: "no header block", bytes: [0xB4, 0, 0, 0, 4, 0, 0, 0, 0] + Sample.image("mmc", [1, 2])),
    Oddity(testDescription: "no image", bytes: Array(FIASCOVectors.oldStyle.prefix(25))),
    Oddity(testDescription: "truncated", bytes: FIASCOVectors.twoImages.dropLast(100)),
    Oddity(testDescription: "trailing data", bytes: FIASCOVectors.oldStyle + [0, 0, 0xFF, 0xFF, 7]),
    Oddity(testDescription: "name field with junk", bytes: Sample.file(junkName)),
    Oddity(
      testDescription: "unknown blocks and types",
      bytes: Sample.file(
        Sample.image("other", [1], blocks: [Sample.block(0x77, [1, 2]), FIASCOVectors.partitionInfo]))),
    Oddity(
      testDescription: "blocks in odd form",
      bytes: Sample.file(
        Sample.image(
          "kernel", [1, 2, 3],
          blocks: [
            Sample.block(0x31, Array("1.0".utf8)), Sample.block(0x31, [0xFF, 0xFE, 0]), Sample.block(0x31, []),
            Sample.block(0x32, Array("RX-51\u{0}2101\u{0}2102\u{0}".utf8)), Sample.block(0x32, [0xC0, 0xC1]),
            Sample.block(0x34, [1]), Sample.block(0x33, [0xFF]), Sample.block(0x33, [0xFE]), Sample.block(0x34, []),
          ]))),
    Oddity(
      testDescription: "parts with gaps",
      bytes: Sample.file(
        Sample.image(
          "mmc", Array(0..<100),
          blocks: [Sample.part(10, 20, "a/b"), Sample.part(40, 0), Sample.part(50, 30, "\u{1}")]))),
    Oddity(
      testDescription: "equal names",
      bytes: Sample.file(Sample.image("mmc", [1]), Sample.image("mmc", [2]), Sample.image("mmc", [3]))),
  ]

  @Test("the container is rebuilt byte for byte", arguments: oddities)
  func roundTrip(_ oddity: Oddity) throws {
    for extractor in [FIASCOExtractor(), FIASCOExtractor(isPortable: true, pads: true)] {
      let workspace = try Workspace()
      let file = try Sample.read(oddity.bytes, .unverified)
      let report = try extractor.extract(file, to: workspace.path("unpacked"))
      #expect(report.files.last?.name == "fiasco.json")
      let rebuilder = try FIASCORebuilder(path: workspace.path("unpacked/fiasco.json"))
      #expect(rebuilder.manifest == report.manifest)
      try rebuilder.rebuild(to: workspace.path("again"))
      #expect(try workspace.read("again") == oddity.bytes)
    }
  }

  /// An image whose name field has bytes behind the NUL.
  static let junkName: [UInt8] = {
    var image = Sample.image("mmc", [1, 2])
    image[15] = 0x41
    image[29] = image[29] &- 0x41
    return image
  }()

  @Test("reading and writing a canonical container gives its bytes")
  func canonical() throws {
    let workspace = try Workspace()
    for bytes in [FIASCOVectors.complete, FIASCOVectors.multiPart] {
      let file = try Sample.read(bytes)
      let kept = try FIASCORepair().write(file, to: workspace.path("again"), replacing: true)
      #expect(kept == [0])
      #expect(try workspace.read("again") == bytes)
    }
  }

  @Test func `a changed file is found out, and written anew on request`() throws {
    let workspace = try Workspace()
    _ = try FIASCOExtractor().extract(try Sample.read(FIASCOVectors.complete), to: workspace.path)
    let name = "kernel-RX-51:2101,2102_1.0"
    try workspace.write(FIASCOVectors.filled(Array("ABCDF".utf8), to: 128), to: name)
    let rebuilder = try FIASCORebuilder(path: workspace.path("fiasco.json"))
    #expect(throws: FIASCOWriteError.differsFromManifest(path: workspace.path(name), field: "dataHash")) {
      try rebuilder.rebuild(to: workspace.path("out"))
    }
    try workspace.write(Array("SHORT".utf8), to: name)
    #expect(throws: FIASCOWriteError.differsFromManifest(path: workspace.path(name), field: "byteCount")) {
      try rebuilder.rebuild(to: workspace.path("out"))
    }
    #expect(!workspace.names.contains("out"))
    try rebuilder.write(to: workspace.path("out"))
    let file = try Sample.read(try workspace.read("out"))
    #expect(file.release == "SWTEST")
    #expect(file.images.first?.size == 128)
    #expect(file.images.first?.parts == [FIASCOPart(offset: 0, size: 128)])
    #expect(try file.verifyHash(of: 0) == .valid)
    #expect(file.findings.isEmpty)
  }

  @Test func `an edited header is found out`() throws {
    let workspace = try Workspace()
    _ = try FIASCOExtractor().extract(try Sample.read(FIASCOVectors.complete), to: workspace.path)
    for (text, edited, field) in [("\"1.0\"", "\"1.1\"", "checksum"), ("SWTEST", "SWTEST2", "headerLength")] {
      let json = String(decoding: try workspace.read("fiasco.json"), as: UTF8.self)
      try workspace.write(Array(json.replacingOccurrences(of: text, with: edited).utf8), to: "edited.json")
      let rebuilder = try FIASCORebuilder(path: workspace.path("edited.json"))
      #expect(throws: FIASCOWriteError.differsFromManifest(path: workspace.path("fiasco.json"), field: field)) {
        try rebuilder.rebuild(to: workspace.path("out"))
      }
      try rebuilder.write(to: workspace.path("out-" + field))
      #expect(try Sample.read(try workspace.read("out-" + field)).findings.isEmpty)
    }
  }

  @Test func `writing anew keeps the names of parts`() throws {
    let workspace = try Workspace()
    _ = try FIASCOExtractor().extract(try Sample.read(FIASCOVectors.multiPart), to: workspace.path)
    try FIASCORebuilder(path: workspace.path("fiasco.json")).write(to: workspace.path("out"))
    #expect(try workspace.read("out") == FIASCOVectors.multiPart)
  }

  @Test(
    "a manifest that names files elsewhere is refused", arguments: ["../secret", "/etc/passwd", "..", "", "a\u{0}b"])
  func escape(name: String) throws {
    let workspace = try Workspace()
    try workspace.write(Array("secret".utf8), to: "secret")
    var manifest = try FIASCOExtractor().extract(
      try Sample.read(FIASCOVectors.oldStyle), to: workspace.path("unpacked")
    ).manifest
    manifest.images[0].files[0].name = name
    try workspace.write(manifest.json(), to: "unpacked/fiasco.json")
    let rebuilder = try FIASCORebuilder(path: workspace.path("unpacked/fiasco.json"))
    let expected = FIASCOWriteError.file(
      .malformed(
        path: workspace.path("unpacked/fiasco.json"), offset: 0, reason: "fiasco.json names a file outside its folder"))
    #expect(throws: expected) { try rebuilder.rebuild(to: workspace.path("out")) }
    #expect(throws: expected) { try rebuilder.write(to: workspace.path("out")) }
  }

  @Test func `a manifest does not reach through a link`() throws {
    let workspace = try Workspace()
    _ = try FIASCOExtractor().extract(try Sample.read(FIASCOVectors.oldStyle), to: workspace.path)
    try workspace.write(FIASCOVectors.kernelData, to: "elsewhere")
    try FileManager.default.removeItem(atPath: workspace.path("kernel"))
    try FileManager.default.createSymbolicLink(
      atPath: workspace.path("kernel"), withDestinationPath: workspace.path("elsewhere"))
    #expect(throws: FIASCOWriteError.file(.system(operation: "open", path: workspace.path("kernel"), errno: ELOOP))) {
      try FIASCORebuilder(path: workspace.path("fiasco.json")).rebuild(to: workspace.path("out"))
    }
  }

  @Test(
    "JSON that is no manifest is refused with the field's name",
    arguments: [
      ("", "not JSON"), ("[]", "field of the wrong kind"), ("{}", "without field"),
      (
        #"{"format":"x","schema":1,"headerLength":4,"isHeaderLengthValid":true,"headerBlocks":[],"images":[]}"#,
        "format or schema unknown"
      ),
      (
        #"{"format":"flashctl.fiasco","schema":1,"headerLength":-4,"isHeaderLengthValid":true,"headerBlocks":[],"images":[]}"#,
        "an impossible value"
      ),
    ])
  func badManifest(json: String, part: String) {
    let error = #expect(throws: ImageError.self) { try FIASCOManifest(json: Array(json.utf8), path: "fiasco.json") }
    guard case .malformed("fiasco.json", 0, let reason) = error else { return }
    #expect(reason.contains(part))
  }

  @Test(
    "a block in a manifest that cannot be written is refused",
    arguments: [
      #"{"type":"XX","data":"00"}"#, #"{"type":"77","data":"0"}"#, #"{"type":"77"}"#,
      #"{"type":"2E","fileData":{"asicIndex":1,"deviceType":1,"deviceIndex":0,"hash":"xyz","name":"a","size":1,"loadAddress":0}}"#,
    ])
  func badBlock(block: String) throws {
    let workspace = try Workspace()
    let json =
      #"{"format":"flashctl.fiasco","schema":1,"headerLength":4,"isHeaderLengthValid":false,"headerBlocks":["# + block
      + #"],"images":[]}"#
    let rebuilder = try FIASCORebuilder(path: try workspace.write(Array(json.utf8), to: "fiasco.json"))
    #expect(throws: FIASCOWriteError.self) { try rebuilder.rebuild(to: workspace.path("out")) }
    #expect(workspace.names == ["fiasco.json"])
  }
}
