import FlashImages
import Foundation
import Testing
import WireFormat

@Suite("Unpacking FIASCO containers")
struct FIASCOExtractorTests {
  typealias Sample = FIASCOSample

  private let workspace: Workspace

  init() throws { workspace = try Workspace() }

  @Test func `files are named by type, device, revisions and version`() throws {
    _ = try FIASCOExtractor().extract(try Sample.read(FIASCOVectors.complete), to: workspace.path("out"))
    #expect(try workspace.read("out/kernel-RX-51:2101,2102_1.0") == FIASCOVectors.kernelData)
  }

  @Test func `parts and the layout are files of their own`() throws {
    let report = try FIASCOExtractor().extract(try Sample.read(FIASCOVectors.multiPart), to: workspace.path)
    #expect(
      report.files.map(\.name) == [
        "mmc-RX-51_1.0_part1_mydocs", "mmc-RX-51_1.0_part2", "mmc-RX-51_1.0_layout.txt", "fiasco.json",
      ])
    #expect(try workspace.read("mmc-RX-51_1.0_layout.txt") == Array("mmc {\n}\n".utf8))
    #expect(try workspace.read("mmc-RX-51_1.0_part1_mydocs") == Array(FIASCOVectors.multiPart[131..<387]))
  }

  @Test func `data are not filled up unless that is asked for`() throws {
    let file = try Sample.read(Sample.file(Sample.image("kernel", Array("ABCDE".utf8))))
    _ = try FIASCOExtractor().extract(file, to: workspace.path("plain"))
    #expect(try workspace.read("plain/kernel") == Array("ABCDE".utf8))
    _ = try FIASCOExtractor(pads: true).extract(file, to: workspace.path("padded"))
    #expect(try workspace.read("padded/kernel") == FIASCOVectors.kernelData)
  }

  @Test func `equal names are numbered, unknown types are called unknown`() throws {
    let images = [Sample.image("zzz", [1]), Sample.image("kernel", [2]), Sample.image("yyy", [3])]
    let file = try Sample.read(Sample.file(images[0], images[1], images[2], images[2]))
    let report = try FIASCOExtractor().extract(file, to: workspace.path)
    #expect(report.files.map(\.name) == ["unknown", "kernel", "unknown~2", "unknown~3", "fiasco.json"])
    #expect(try workspace.read("unknown~2") == [3])
  }

  @Test func `names from the file cannot leave the folder`() throws {
    let blocks = [Sample.device("../../x", ["/etc"]), Sample.version("../\u{7}..\n/passwd")]
    let file = try Sample.read(Sample.file(Sample.image("kernel", [1], blocks: blocks)))
    _ = try FIASCOExtractor().extract(file, to: workspace.path("in"))
    #expect(workspace.names == ["in"])
    let names = try FileManager.default.contentsOfDirectory(atPath: workspace.path("in")).sorted()
    #expect(names == ["fiasco.json", "kernel-.._.._x:_etc_..__..__passwd"].sorted())
  }

  @Test func `portable names have neither colon nor comma, and differ in more than case`() throws {
    let version = Sample.version("Beta")
    let file = try Sample.read(
      Sample.file(
        Sample.image("kernel", [1], blocks: [Sample.device("RX-51", ["1", "2"]), version]),
        Sample.image("kernel", [2], blocks: [Sample.device("rx-51", ["1", "2"]), version])))
    let report = try FIASCOExtractor(isPortable: true).extract(file, to: workspace.path)
    #expect(report.files.map(\.name) == ["kernel-RX-51_1_2_Beta", "kernel-rx-51_1_2_Beta~2", "fiasco.json"])
  }

  @Test func `names that would be too long for a file system are cut`() throws {
    let blocks = [Sample.version(String(repeating: "é", count: 120)), Sample.block(0x33, [1])]
    let file = try Sample.read(Sample.file(Sample.image("mmc", [1], blocks: blocks)))
    let report = try FIASCOExtractor().extract(file, to: workspace.path)
    #expect(report.files.allSatisfy { $0.name.utf8.count <= 255 })
  }

  @Test func `an existing file is left alone unless it may be replaced`() throws {
    let file = try Sample.read(FIASCOVectors.oldStyle)
    try workspace.write([9], to: "kernel")
    #expect(throws: ImageError.system(operation: "create", path: workspace.path("kernel"), errno: EEXIST)) {
      try FIASCOExtractor().extract(file, to: workspace.path)
    }
    #expect(try workspace.read("kernel") == [9])
    _ = try FIASCOExtractor(replaces: true).extract(file, to: workspace.path)
    #expect(try workspace.read("kernel") == FIASCOVectors.kernelData)
    #expect(workspace.names == ["fiasco.json", "kernel"])
  }

  @Test func `a link in the folder is not followed, with or without replacing`() throws {
    let target = try workspace.write([9], to: "target")
    try FileManager.default.createDirectory(atPath: workspace.path("out"), withIntermediateDirectories: false)
    for name in ["kernel", "fiasco.json"] {
      try FileManager.default.createSymbolicLink(atPath: workspace.path("out/" + name), withDestinationPath: target)
    }
    let file = try Sample.read(FIASCOVectors.oldStyle)
    #expect(throws: ImageError.self) { try FIASCOExtractor().extract(file, to: workspace.path("out")) }
    _ = try FIASCOExtractor(replaces: true).extract(file, to: workspace.path("out"))
    #expect(try workspace.read("target") == [9])
    #expect(try workspace.read("out/kernel") == FIASCOVectors.kernelData)
  }

  @Test func `a hash that is wrong is a finding, and the data are written`() throws {
    let file = try Sample.read(FIASCOVectors.replacing(FIASCOVectors.oldStyle, [0x37: 0x40]))
    let report = try FIASCOExtractor().extract(file, to: workspace.path)
    #expect(report.findings.map(\.code) == ["F10"])
    #expect(try workspace.read("kernel").first == 0x40)
  }

  @Test func `some images can be chosen`() throws {
    let file = try Sample.read(FIASCOVectors.twoImages)
    let report = try FIASCOExtractor().extract(file, images: [1], to: workspace.path)
    #expect(report.files.map(\.name) == ["initfs", "fiasco.json"])
    try FIASCORebuilder(path: workspace.path("fiasco.json")).rebuild(to: workspace.path("one"))
    #expect(try Sample.read(try workspace.read("one")).images.map(\.type) == ["initfs"])
  }

  @Test func `a cancelled run leaves nothing half written`() async throws {
    let file = try Sample.read(FIASCOVectors.oldStyle)
    let folder = workspace.path("out")
    let task = Task { () -> ImageError? in
      withUnsafeCurrentTask { $0?.cancel() }
      do throws(ImageError) { _ = try FIASCOExtractor().extract(file, to: folder) } catch { return error }
      return nil
    }
    #expect(await task.value == .cancelled)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }
}

@Suite("Names of unpacked images")
struct FIASCOImageNameTests {
  @Test(
    "a file name is read backwards",
    arguments: [
      ("kernel", FIASCOImageName(type: "kernel")),
      ("kernel_2.6.28", FIASCOImageName(type: "kernel", version: "2.6.28")),
      ("kernel-RX-51_1.0_b", FIASCOImageName(type: "kernel", device: "RX-51", version: "1.0_b")),
      (
        "kernel-RX-51:2101,2102_1.0",
        FIASCOImageName(type: "kernel", device: "RX-51", revisions: ["2101", "2102"], version: "1.0")
      ),
      ("cmt-2nd-RX-51", FIASCOImageName(type: "cmt-2nd", device: "RX-51")),
      ("cmt-mcusw", FIASCOImageName(type: "cmt-mcusw")),
      ("zImage", FIASCOImageName(type: "zImage")),
      ("moslo-RM-680_1", FIASCOImageName(type: "moslo", device: "RM-680", version: "1")),
      ("", FIASCOImageName(type: "")), ("-", FIASCOImageName(type: "")), ("_", FIASCOImageName(type: "")),
    ])
  func backwards(name: String, expected: FIASCOImageName) {
    #expect(FIASCOImageName(parsing: name) == expected)
  }

  @Test func `what is written is read again`() {
    let name = FIASCOImageName(type: "cmt-algo", device: "RX-51", revisions: ["2101"], version: "2009_w08")
    #expect(FIASCOImageName(parsing: name.fileName()) == name)
  }
}
