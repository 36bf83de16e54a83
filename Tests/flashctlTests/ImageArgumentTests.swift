import FlashImages
import Testing

@testable import flashctl

@Suite struct `Images on the command line` {
  private func parse(_ text: String, existing: Bool = false) throws -> ImageArgument {
    try ImageArgument(parsing: text) { _ in existing }
  }

  @Test func `are a type and a file, with what else is known`() throws {
    let image = try parse("kernel=zImage,version=2.6.28,device=RX-51:2101,2102,device=RX-44,layout=l.txt")
    #expect(image.type == "kernel")
    #expect(image.pieces == [.init(path: "zImage")])
    #expect(image.version == "2.6.28")
    #expect(
      image.devices == [.init(device: "RX-51", revisions: ["2101", "2102"]), .init(device: "RX-44")])
    #expect(image.layoutPath == "l.txt")
  }

  @Test func `may have commas, equals signs and unknown words in file names`() throws {
    #expect(try parse("kernel=kernel-RX-51:2101,2102_1.0").pieces == [.init(path: "kernel-RX-51:2101,2102_1.0")])
    #expect(try parse("kernel=a=b,c=d,version=1").pieces == [.init(path: "a=b,c=d")])
  }

  @Test func `have parts in order, each with its name`() throws {
    let image = try parse("mmc=a.img,name=mydocs,part=b.img,part=c.img,name=home")
    #expect(
      image.pieces == [
        .init(path: "a.img", name: "mydocs"), .init(path: "b.img"), .init(path: "c.img", name: "home"),
      ])
  }

  @Test func `say what they are by the name of a file alone`() throws {
    let image = try parse("dir/kernel-RX-51:2101_1.0")
    #expect(image.type == "kernel")
    #expect(image.version == "1.0")
    #expect(image.devices == [.init(device: "RX-51", revisions: ["2101"])])
    #expect(try parse("zImage").type == nil)
    #expect(try parse("a=b", existing: true).pieces == [.init(path: "a=b")])
  }

  @Test(
    "are refused when they make no sense",
    arguments: [
      "=file", "kernel=", "kernel=a,version=1,version=2", "kernel=a,device=", "kernel=a,device=RX-51:x",
      "kernel=a,device=RX-51:10000", "kernel=a,device=RX-51:", "mmc=a,part=", "mmc=a,name=x,name=y",
    ])
  func refused(text: String) {
    #expect(throws: Diagnostic.self) { try parse(text) }
  }
}
