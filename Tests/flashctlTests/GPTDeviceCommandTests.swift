import Foundation
import Testing

/// Partition tables of a device, without anything else of its storage.
@Suite struct `Partition tables of a device, with the built program` {
  private let phone: Phone

  init() throws {
    phone = try Phone()
    // Makes the storage.
    _ = try phone.run("partitions")
  }

  private func lun(_ number: Int) -> String { phone.storage + "/lun\(number).img" }

  private func overwrite(_ number: Int, at offset: UInt64, with bytes: [UInt8]) throws {
    let file = try #require(FileHandle(forUpdatingAtPath: lun(number)))
    try file.seek(toOffset: offset)
    try file.write(contentsOf: Data(bytes))
    try file.close()
  }

  @Test func `all sections are shown and checked, or one`() throws {
    let shown = try phone.run("gpt", "show")
    #expect(shown.status == 0, "\(shown.errors)")
    #expect(shown.events.filter { $0["event"] as? String == "table" }.count == 6)
    #expect(shown.events.contains { $0["name"] as? String == "modem_a" })
    let one = try phone.run("gpt", "show", "--section", "0")
    #expect(one.events.filter { $0["event"] as? String == "table" }.count == 1)
    #expect(one.event("table")?["sectorSize"] as? Int == 4096)
    let checked = try phone.run("gpt", "check")
    #expect(checked.status == 0 && checked.events.filter { $0["event"] as? String == "result" }.count == 1)
    try overwrite(0, at: 4096 + 60, with: [0xFF])
    #expect(try phone.run("gpt", "check").status == 65)
    #expect(try phone.run("gpt", "check", "--section", "1").status == 0)
  }

  @Test func `a damaged copy is made anew, proven, and nothing else is written`() throws {
    let before = try (1...3).map { try phone.fingerprint($0) }
    try overwrite(1, at: 4096 + 60, with: [0xFF])
    let damaged = try phone.fingerprint(1)
    let planned = try phone.run("gpt", "repair", "--section", "1", "--dry-run")
    #expect(planned.event("result")?["status"] as? String == "planned", "\(planned.errors)")
    #expect(try phone.fingerprint(1) == damaged)
    let repaired = try phone.run("gpt", "repair", "--section", "1")
    #expect(repaired.status == 0, "\(repaired.errors)")
    let extents = try #require(repaired.event("result")?["extents"] as? [[String: Any]])
    #expect(
      extents.compactMap { $0["name"] as? String }
        == ["backup-array", "backup-header", "primary-array", "primary-header"])
    #expect(extents.allSatisfy { $0["verified"] as? String == "digest" })
    #expect(try (1...3).map { try phone.fingerprint($0) } == before)
    #expect(try BuiltProgram.run("gpt", "check", lun(1)).status == 0)
    let again = try phone.run("gpt", "repair", "--section", "1")
    #expect(again.event("result")?["writes"] as? Int == 0)
  }

  @Test func `what was cut off is continued`() throws {
    try overwrite(0, at: 4096 + 60, with: [0xFF])
    let cut = try phone.run("gpt", "repair", "--section", "0", knobs: ",quirk=disconnect-at-byte:30000")
    #expect(cut.status == 74, "\(cut.errors)")
    #expect(phone.journals.count == 1)
    let again = try phone.run("gpt", "repair", "--section", "0")
    #expect(again.status == 64 && again.event("error")?["code"] as? String == "plan.unfinished", "\(again.errors)")
    let resumed = try phone.run("gpt", "repair", "--section", "0", "--resume", "--verify")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try BuiltProgram.run("gpt", "check", lun(0)).status == 0)
    #expect(phone.journals.isEmpty)
  }

  @Test func `a table is saved and brought back`() throws {
    let before = try phone.fingerprint(1)
    let saved = phone.folder.file("gpt_both1.bin")
    let backup = try phone.run("gpt", "backup", "--section", "1", "-o", saved)
    #expect(backup.status == 0, "\(backup.errors)")
    #expect(try phone.folder.bytes(of: "gpt_both1.bin").count == 24576 + 20480)
    let size = try #require(FileManager.default.attributesOfItem(atPath: lun(1))[.size] as? Int)
    try overwrite(1, at: 0, with: [UInt8](repeating: 0, count: 24576))
    try overwrite(1, at: UInt64(size - 20480), with: [UInt8](repeating: 0, count: 20480))
    #expect(try phone.run("gpt", "repair", "--section", "1").status == 65)
    let restored = try phone.run("gpt", "restore", saved, "--section", "1")
    #expect(restored.status == 0, "\(restored.errors)")
    #expect(try phone.fingerprint(1) == before)
    let other = phone.folder.file("gpt512.bin")
    #expect(try BuiltProgram.run("gpt", "create", "--main", other, "--sectors", "4096", "a:").status == 0)
    let refused = try phone.run("gpt", "restore", other, "--section", "1")
    #expect(refused.status == 65 && refused.event("error")?["code"] as? String == "gpt.sector-size")
    #expect(try phone.fingerprint(1) == before)
  }

  @Test func `a table made for a smaller disk is fitted to the section`() throws {
    let table = phone.folder.file("small.bin")
    let made = try BuiltProgram.run(
      "gpt", "create", "--main", table, "--sectors", "1024", "--sector-size", "4096", "xbl_b:1M", "rest:")
    #expect(made.status == 0, "\(made.errors)")
    #expect(try phone.run("gpt", "restore", table, "--section", "2").status == 0)
    let grown = try phone.run("gpt", "grow", "--section", "2")
    #expect(grown.status == 0, "\(grown.errors)")
    #expect(grown.event("grown")?["name"] as? String == "rest")
    #expect(try BuiltProgram.run("gpt", "check", lun(2)).status == 0)
  }

  @Test func `a file and a device exclude each other, and writing names the section`() throws {
    let file = try phone.folder.write([1], to: "x.img")
    #expect(try BuiltProgram.run("gpt", "show").status == 64)
    #expect(try BuiltProgram.run("gpt", "show", file, "--section", "0").status == 64)
    #expect(try BuiltProgram.run("gpt", "repair", file, "--resume").status == 64)
    for command in ["repair", "grow"] { #expect(try phone.run("gpt", command).status == 64) }
    #expect(try phone.run("gpt", "backup", "-o", phone.folder.file("y")).status == 64)
    #expect(try phone.run("gpt", "restore", file).status == 64)
    let nowhere = try phone.run("gpt", "repair", "--section", "9")
    #expect(nowhere.status == 64 && nowhere.event("error")?["code"] as? String == "storage.no-section")
  }
}
