import FlashImages
import Foundation
import Testing

/// `docs/protocols/qualcomm-packages.md` 5.2, 10 and 16: no name and no link leads out of a package.
@Suite struct PackageFilesTests {
  private let place = PackagePlace(path: "rawprogram0.xml", line: 3)

  private func workspace() throws -> Workspace {
    let space = try Workspace()
    for folder in ["package/images", "package/xml", "other"] {
      try FileManager.default.createDirectory(atPath: space.path(folder), withIntermediateDirectories: true)
    }
    for file in [
      "package/images/boot.img", "package/xml/own.bin", "package/sbl1.mbn", "other/secret", "package/Odd.bin",
    ] {
      try space.write(Array(file.utf8), to: file)
    }
    return space
  }

  private func problem(_ body: () throws -> PackageFile?) -> PackageProblem? {
    do {
      _ = try body()
      return nil
    } catch { return (error as? PackageError)?.problem }
  }

  @Test func `finds files beside the descriptor and above it, as far as the package goes`() throws {
    let space = try workspace()
    let files = try PackageFiles(base: space.path("package/xml"), root: space.path("package/xml/.."))
    #expect(try files.find("own.bin", in: ["."], named: place)?.name == space.path("package/xml/own.bin"))
    #expect(try files.find("..\\sbl1.mbn", in: ["."], named: place)?.byteCount == 16)
    #expect(try files.find("nothing.bin", in: ["."], named: place) == nil)
    #expect(try files.find("images/boot.img", in: [".", ".."], named: place) != nil)
  }

  @Test func `refuses to leave the package by name or by link, whether there is something or not`() throws {
    let space = try workspace()
    try FileManager.default.createSymbolicLink(
      atPath: space.path("package/xml/link"), withDestinationPath: space.path("other/secret"))
    try FileManager.default.createSymbolicLink(
      atPath: space.path("package/xml/folder"), withDestinationPath: space.path("other"))
    let files = try PackageFiles(base: space.path("package/xml"), root: space.path("package"))
    func refusal(_ name: String) -> PackageProblem? { problem { try files.find(name, in: ["."], named: place) } }
    #expect(refusal("../../other/secret") == .outsidePackage("../../other/secret"))
    #expect(refusal("..\\..\\nothing") == .outsidePackage("..\\..\\nothing"))
    #expect(refusal("link") == .outsidePackage("link"))
    #expect(refusal("folder/secret") == .outsidePackage("folder/secret"))
    #expect(refusal("folder/nothing") == .outsidePackage("folder/nothing"))
    #expect(refusal("/etc/passwd") == .absolutePath("/etc/passwd"))
    #expect(refusal("C:\\a.bin") == .absolutePath("C:\\a.bin"))
    #expect(refusal("a\0b") == .outsidePackage("a\0b"))
    let wider = try PackageFiles(
      base: space.path("package/xml"), root: space.path("package"), searchPaths: [space.path("other")])
    #expect(try wider.find("secret", in: ["."], named: place) != nil)
    #expect(try wider.find("link", in: ["."], named: place) != nil)
  }

  @Test func `takes the one file that differs by case, and says so`() throws {
    let space = try workspace()
    let files = try PackageFiles(base: space.path("package"))
    #expect(try files.find("odd.BIN", in: ["."], named: place)?.otherCase == "Odd.bin")
    try space.write([], to: "package/ODD.bin")
    #expect(
      problem { try files.find("odd.BIN", in: ["."], named: place) }
        == .ambiguousName("odd.BIN", candidates: ["ODD.bin", "Odd.bin"]))
    #expect(try files.find("Odd.bin", in: ["."], named: place)?.otherCase == nil)
  }

  @Test func `reads the members of an archive`() throws {
    let space = try workspace()
    let zipped = try space.run(
      "python3", "-c",
      "import zipfile; z=zipfile.ZipFile('a.zip','w',zipfile.ZIP_DEFLATED);"
        + "z.writestr('xml/a.xml','<data/>'); z.writestr('Boot.img','x'*5000)")
    guard let zipped, zipped.status == 0 else { return }
    let files = try PackageFiles(archive: space.path("a.zip"))
    let file = try #require(try files.find("boot.img", in: ["xml", "."], named: place))
    #expect(file.member == "Boot.img")
    #expect(file.otherCase == "Boot.img")
    #expect(try file.content().count == 5000)
    #expect(throws: PackageError(.tooLarge(byteCount: 5000, limit: 4999), at: PackagePlace(path: file.name))) {
      try file.content(limit: 4999)
    }
    #expect(problem { try files.find("../../x", in: ["xml"], named: place) } == .outsidePackage("../../x"))
    #expect(files.names(in: "xml") == ["a.xml"])
  }

  @Test(arguments: ["../evil", "a/../../evil", "/etc/evil", "C:\\evil", "a\\..\\..\\evil"])
  func `refuses an archive with a member that leads out`(_ name: String) throws {
    let space = try workspace()
    let zipped = try space.run(
      "python3", "-c", "import sys,zipfile; z=zipfile.ZipFile('a.zip','w'); z.writestr(sys.argv[1],'x')", name)
    guard let zipped, zipped.status == 0 else { return }
    #expect(throws: PackageError.self) { try PackageFiles(archive: space.path("a.zip")) }
  }
}
