import FlashImages
import Testing

/// `docs/protocols/qualcomm-packages.md` 10.
@Suite struct FlashmapTests {
  private func flashmap(_ text: String) throws -> Flashmap {
    try Flashmap(json: Array(text.utf8), path: "flashmap.json")
  }

  private func layout(
    _ name: String = "l", programmer: String = #"["p.elf"]"#, memory: String = "ufs", slot: String = "0",
    file: String = "rawprogram0.xml"
  ) -> String {
    #"{"name":"\#(name)","programmer":\#(programmer),"programmable":"#
      + #"[{"memory":"\#(memory)","slot":\#(slot),"files":["\#(file)"]}]}"#
  }

  private func text(_ layouts: String..., version: String = "1.1.0") -> String {
    #"{"version":"\#(version)","products":[{"name":"p","layouts":[\#(layouts.joined(separator: ","))]}]}"#
  }

  private func problem(_ text: String) -> PackageProblem? {
    do {
      _ = try flashmap(text)
      return nil
    } catch { return (error as? PackageError)?.problem }
  }

  @Test func `reads both forms of programmers`() throws {
    let old = try flashmap("\u{FEFF} " + text(layout()))
    #expect(old.layouts[0].programmers == [.init(id: nil, path: "p.elf")])
    #expect(old.layouts[0].programmables == [.init(memory: "ufs", slot: 0, files: ["rawprogram0.xml"])])
    let new = try flashmap(text(layout(programmer: #"{"42":"b.elf","0xd":"./a\\p.elf"}"#), version: "1.2.0-qdl"))
    #expect(new.layouts[0].programmers == [.init(id: 13, path: "a/p.elf"), .init(id: 42, path: "b.elf")])
    #expect(new.remarks.isEmpty)
    #expect(try flashmap(text(layout(), version: "1.9")).remarks.map(\.oddity) == [.unknownVersion("1.9")])
  }

  @Test func `chooses a layout and its storages`() throws {
    let map = try flashmap(text(layout("one"), layout("two", memory: "emmc")))
    #expect(try map.select("one").layout.name == "one")
    #expect(try map.select("two/emmc").programmables.map(\.memory) == ["emmc"])
    let place = PackagePlace(path: "flashmap.json")
    #expect(throws: PackageError(.ambiguousSelector(nil, choices: ["one", "two"]), at: place)) { try map.select(nil) }
    #expect(throws: PackageError(.unknownSelector("three", choices: ["one", "two"]), at: place)) {
      try map.select("three")
    }
    #expect(throws: PackageError(.unknownSelector("nand", choices: ["ufs"]), at: place)) { try map.select("one/nand") }
    #expect(throws: PackageError(.emptySelector("/ufs"), at: place)) { try map.select("/ufs") }
    #expect(throws: PackageError(.emptySelector("one/"), at: place)) { try map.select("one/") }
    #expect(try flashmap(text(layout())).select("ufs").programmables.count == 1)
  }

  @Test func `refuses what it cannot mean`() {
    #expect(problem("{") == .json(reason: "not JSON, or a field with an impossible value"))
    let deep = String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)
    #expect(
      problem(#"{"version":"1.1.0","products":\#(deep)}"#)
        == .json(reason: "lists and objects lie more than 64 deep inside each other"))
    let brackets = String(repeating: "[{", count: 1000)
    #expect(problem(text(layout(), version: brackets)) == .badVersion(brackets))
    #expect(problem(#"{"version":"1.1.0"}"#) == .json(reason: "without field products"))
    #expect(problem(text(layout(), version: "2.0")) == .badVersion("2.0"))
    #expect(problem(#"{"version":"1.1.0","products":[]}"#) == .noProducts(count: 0))
    #expect(
      problem(text(layout(programmer: #"["a","b"]"#))) == .json(reason: "programmer of layout l lists 2 files, not 1"))
    #expect(problem(text(layout(programmer: "{}"))) == .json(reason: "layout l has no programmer"))
    #expect(
      problem(text(layout(programmer: #"{"0":"a"}"#))) == .json(reason: "programmer “0” of layout l is no image id"))
    #expect(problem(text(layout(slot: "-1"))) == .json(reason: "memory or slot of layout l is none"))
    #expect(problem(text(layout(slot: "1e300"))) == .json(reason: "memory or slot of layout l is none"))
    #expect(problem(text(layout(memory: "tape"))) == .json(reason: "memory or slot of layout l is none"))
    #expect(problem(text(layout(file: "../x.xml"))) == .outsidePackage("../x.xml"))
    #expect(problem(text(layout(file: "/x.xml"))) == .absolutePath("/x.xml"))
    #expect(problem(text(layout(programmer: #"["c:\\x"]"#))) == .absolutePath("c:\\x"))
  }

  @Test func `cuts selectors at the last double colon, unless a file is called so`() {
    #expect(PackageSelector("a::b.zip::ufs", exists: { _ in false }).path == "a::b.zip")
    #expect(PackageSelector("a::b.zip::ufs", exists: { _ in false }).selector == "ufs")
    #expect(PackageSelector("a::b", exists: { $0 == "a::b" }).selector == nil)
    #expect(PackageSelector("a.zip", exists: { _ in false }) == PackageSelector("a.zip", exists: { _ in true }))
  }
}
