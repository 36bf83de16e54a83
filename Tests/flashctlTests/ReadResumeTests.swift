import Foundation
import Testing

@Suite struct `Reading on after an interruption` {
  private let phone: MediaTekPhone
  private let content: [UInt8]

  init() throws {
    phone = try MediaTekPhone(emptyByteCount: 64 << 20)
    // Ends in zeros, which are holes of the copy.
    content = noise(3 << 20, seed: 7) + [UInt8](repeating: 0, count: 1 << 20)
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: phone.storage + "/user.img"))
    try file.write(contentsOf: Data(content))
  }

  private var copy: String { phone.folder.file("copy.bin") }
  private func read(_ more: String..., knobs: String = "") throws -> BuiltProgram.Outcome {
    try phone.run(["read", "user/0+4M", "-o", copy] + more, knobs: knobs)
  }

  @Test(arguments: [1_000_000, 2_500_000, 3_900_000])
  func `what was read is kept, compared and gone on with`(byte: Int) throws {
    let cut = try read("--resume", knobs: ",fault=disconnect@byte:\(byte)")
    #expect(cut.status == 74 && cut.errors.contains("are kept in"), "\(cut.errors)")
    let kept = try phone.folder.bytes(of: "copy.bin.part")
    #expect(!kept.isEmpty && kept == Array(content.prefix(kept.count)))
    #expect(!FileManager.default.fileExists(atPath: copy))
    let rest = try read("--resume")
    #expect(rest.status == 0, "\(rest.errors)")
    #expect((rest.event("resumed")?["bytes"] as? Int ?? 0) > 0)
    #expect(try phone.folder.bytes(of: "copy.bin") == content)
    #expect(!FileManager.default.fileExists(atPath: copy + ".part"))
  }

  @Test("a part of something else is refused and stays as it is", arguments: [1, 1000, 70_000, 1 << 20])
  func foreign(count: Int) throws {
    let other = noise(count, seed: 8)
    _ = try phone.folder.write(other, to: "copy.bin.part")
    let refused = try read("--resume")
    #expect(
      refused.status == 64 && refused.event("error")?["code"] as? String == "read.part-differs", "\(refused.errors)")
    #expect(try phone.folder.bytes(of: "copy.bin.part") == other)
    #expect(try read().status == 0)
    #expect(try phone.folder.bytes(of: "copy.bin") == content)
  }

  @Test func `without the option nothing is left of a read that was cut off`() throws {
    #expect(try read(knobs: ",fault=disconnect@byte:2000000").status == 74)
    #expect(!FileManager.default.fileExists(atPath: copy) && !FileManager.default.fileExists(atPath: copy + ".part"))
  }

  @Test func `places that the device refuses are zeros, are named, and are no success`() throws {
    let refused = try read(knobs: ",quirk=read-error-at:5")
    #expect(refused.status == 76, "\(refused.errors)")
    let read = try read("--skip-unreadable", knobs: ",quirk=read-error-at:5")
    #expect(read.status == 74 && read.event("error")?["code"] as? String == "read.holes", "\(read.errors)")
    let holes = read.events.filter { $0["event"] as? String == "unreadable" }
    #expect(!holes.isEmpty)
    var expected = content
    for hole in holes {
      let start = try #require(hole["start"] as? Int)
      let count = try #require(hole["bytes"] as? Int)
      expected.replaceSubrange(start..<start + count, with: [UInt8](repeating: 0, count: count))
    }
    #expect(try phone.folder.bytes(of: "copy.bin") == expected && expected != content)
  }

  @Test func `it goes with plain files alone`() throws {
    #expect(try read("--resume", "--compress", "gz").status == 64)
    #expect(try phone.run(["read", "user/0+4M", "-o", "-", "--resume"]).status == 64)
  }
}
