import Foundation
import Testing

@Suite struct `What goes wrong with MediaTek phones, with the built program` {
  /// The options that a secured phone's fixtures fulfil.
  private func keys(_ phone: MediaTekPhone) -> [String] {
    let fixtures = phone.folder.file("fixtures")
    return ["--auth", fixtures + "/auth.bin", "--sla-signer", "'\(fixtures)/sla-signer.sh'"]
  }

  @Test func `a byte of the handshake that a preloader has not heard is sent again`() throws {
    for fault in ["drop@4", "corrupt@4", "drop@5"] {
      let info = try BuiltProgram.run("info", "--device", "sim:mt6789,clock=virtual,fault=\(fault)")
      #expect(info.status == 0, "\(fault): \(info.errors)")
    }
  }

  @Test func `a verdict on a signature may come byte by byte`() throws {
    for model in ["mt6785-secured", "mt6893-secured"] {
      let phone = try MediaTekPhone(model)
      let listed = try phone.run(["partitions"] + keys(phone), knobs: ",quirk=split-bytes")
      #expect(listed.status == 0, "\(model): \(listed.errors)")
    }
  }

  @Test("raw NAND without a table is written and erased by ranges", arguments: ["mt6765", "mt6789"])
  func rawNAND(model: String) throws {
    let phone = try MediaTekPhone(model)
    let image = noise(300_000, seed: 11)
    let path = try phone.folder.write(image, to: "x.img")
    let knobs = ",storage-kind=nand,user-size=16M"
    let written = try phone.run(["write", "user/0x600000+0x80000", path, "--verify"], knobs: knobs)
    #expect(written.status == 0, "\(written.errors)")
    #expect(try phone.stored("user", at: 0x600000, count: image.count) == image)
    let erased = try phone.run(["erase", "user/0x600000+0x80000"], knobs: knobs)
    #expect(erased.status == 0, "\(erased.errors)")
    #expect(try phone.stored("user", at: 0x600000, count: image.count).allSatisfy { $0 == 0xFF })
    let listed = try phone.run(["partitions"], knobs: knobs)
    #expect(listed.status == 76 && !listed.errors.contains("mkii.md"), "\(listed.errors)")
  }

  @Test("a piece that was cut off may be on the device, and is written again", arguments: ["mt6765", "mt6893"])
  func firstPiece(model: String) throws {
    let phone = try MediaTekPhone(model)
    let slot = phone.isUFS ? "_a" : ""
    let image = noise(400_000, seed: 12)
    let path = try phone.folder.write(image, to: "x.img")
    let cut = try phone.run("write", "lk" + slot, path, knobs: ",fault=disconnect@byte:300000")
    #expect(cut.status == 74, "\(cut.errors)")
    let message = cut.event("error")?["message"] as? String
    #expect(message?.contains("lk\(slot) may be overwritten in part") == true, "\(cut.errors)")
    let resumed = try phone.run("write", "lk" + slot, path, "--resume")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try phone.stored(phone.userFile, at: phone.place("lk" + slot).start, count: image.count) == image)
  }

  @Test func `an agent that does not say that it wants a signature gets one where there is a signer`() throws {
    let phone = try MediaTekPhone("mt6893-secured")
    let knobs = ",missing-commands=GET-SYS-PROPERTY"
    let opened = try phone.run(["partitions"] + keys(phone), knobs: knobs)
    #expect(opened.status == 0, "\(opened.errors)")
    let lone = try phone.run("read", "lk_a", "-o", phone.folder.file("lk.img"), knobs: knobs)
    #expect(lone.status == 64, "\(lone.errors)")
  }

  @Test func `agents have defaults for what nobody can tell them`() throws {
    let phone = try MediaTekPhone("mt6789")
    let listed = try phone.run("partitions", knobs: ",missing-commands=SET-HOST-INFO+SET-RUNTIME-PARAMETER")
    #expect(listed.status == 0, "\(listed.errors)")
  }

  @Test func `one of the oldest chips takes no agent, which is said`() throws {
    let phone = try MediaTekPhone()
    let refused = try phone.run("partitions", knobs: ",quirk=old-chip")
    #expect(refused.status == 76 && refused.event("error")?["code"] as? String == "brom.old-chip", "\(refused.errors)")
    #expect(try BuiltProgram.run("info", "--device", "sim:mt6765,clock=virtual,quirk=old-chip").status == 0)
  }

  @Test func `a boot loader that was cut off is not written`() throws {
    let phone = try MediaTekPhone()
    let whole = try phone.folder.bytes(of: "fixtures/preloader.bin")
    let half = try phone.folder.write(Array(whole.prefix(2000)), to: "half.bin")
    let flashed = try phone.run("flash", phone.package, "--only", "preloader", "--file", "preloader=" + half)
    #expect(flashed.status == 65 && flashed.errors.contains("not all of one"), "\(flashed.errors)")
    // The entry's line comes first.
    #expect(flashed.errors.range(of: #"_scatter\.txt:\d+: "#, options: .regularExpression) != nil, "\(flashed.errors)")
    let section = phone.folder.file("boot1.img")
    #expect(try BuiltProgram.run("image", "convert", half, section, "--to", "boot-section").status == 65)
    #expect(!FileManager.default.fileExists(atPath: section))
  }

  @Test func `an empty file is not written`() throws {
    let phone = try MediaTekPhone()
    let empty = try phone.folder.write([], to: "empty.bin")
    for words in [["write", "boot", empty], ["flash", "boot=" + empty]] {
      let refused = try phone.run(words)
      #expect(refused.status == 65 && refused.event("error")?["code"] as? String == "input.empty", "\(words)")
    }
  }

  @Test func `a range beyond the storage is the command's fault`() throws {
    let phone = try MediaTekPhone()
    let outside = try phone.run("read", "boot1/0x2000000+0x1000", "-o", phone.folder.file("x"))
    #expect(outside.status == 64 && outside.event("error")?["code"] as? String == "storage.outside")
  }
}
