import Foundation
import Testing

@Suite struct `Storage of a phone, with the built program` {
  private let phone: Phone

  init() throws { phone = try Phone() }

  @Test func `writes, proves, reads back and compares a partition`() throws {
    let image = noise(300_001, seed: 1)
    let path = try phone.folder.write(image, to: "modem.img")
    let written = try phone.run("write", "modem_a", path, "--verify")
    #expect(written.status == 0, "\(written.errors)")
    let extent = try #require((written.event("result")?["extents"] as? [[String: Any]])?.first)
    #expect(extent["verified"] as? String == "digest")
    let place = try phone.place("modem_a")
    #expect(try phone.stored(place.lun, at: place.start, count: 300_001) == image)
    #expect(try phone.stored(place.lun, at: place.start + 300_001, count: 1087).allSatisfy { $0 == 0 })

    let read = try phone.run("read", "modem_a", "-o", phone.folder.file("back.img"))
    #expect(read.status == 0, "\(read.errors)")
    let back = try phone.folder.bytes(of: "back.img")
    #expect(back.count == place.bytes && Array(back.prefix(300_001)) == image)
    #expect(try phone.run("verify", "modem_a", path).event("result")?["verified"] as? String == "digest")
    let other = try phone.folder.write(noise(300_001, seed: 2), to: "other.img")
    let differs = try phone.run("verify", "modem_a", other)
    #expect(differs.status == 74 && differs.event("error")?["code"] as? String == "device.content-differs")
  }

  @Test(arguments: [602_113, 700_001, 1_400_000])
  func `an interrupted run ends with exactly the intended storage once it is resumed`(byte: Int) throws {
    let first = noise(600_000, seed: 3)
    let second = noise(900_000, seed: 4)
    let inputs = [
      "modem_a=" + (try phone.folder.write(first, to: "a.img")),
      "xbl_a=" + (try phone.folder.write(second, to: "b.img")),
    ]
    let cut = try phone.run("flash", inputs[0], inputs[1], knobs: ",quirk=disconnect-at-byte:\(byte)")
    #expect(cut.status == 74, "\(cut.errors)")
    #expect(phone.journals.count == 1)
    let again = try phone.run("flash", inputs[0], inputs[1])
    #expect(again.status == 64 && again.event("error")?["code"] as? String == "plan.unfinished")
    let resumed = try phone.run("flash", inputs[0], inputs[1], "--resume")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(resumed.event("resuming") != nil && phone.journals.isEmpty)
    let (modem, loader) = (try phone.place("modem_a"), try phone.place("xbl_a"))
    #expect(try phone.stored(modem.lun, at: modem.start, count: first.count) == first)
    #expect(try phone.stored(loader.lun, at: loader.start, count: second.count) == second)
  }

  @Test func `what had not begun to be written needs no resuming`() throws {
    let image = noise(600_000, seed: 3)
    let path = try phone.folder.write(image, to: "a.img")
    #expect(try phone.run("write", "modem_a", path, knobs: ",quirk=nak-program:1").status == 76)
    #expect(phone.journals.isEmpty)
    #expect(try phone.run("write", "modem_a", path).status == 0)
    let place = try phone.place("modem_a")
    #expect(try phone.stored(place.lun, at: place.start, count: image.count) == image)
  }

  @Test func `sends only what changed, and says what that saved`() throws {
    var image = noise(4 << 20, seed: 5)
    let path = try phone.folder.write(image, to: "modem.img")
    #expect(try phone.run("write", "modem_a", path).status == 0)
    image[3_000_000] ^= 0x40
    _ = try phone.folder.write(image, to: "modem.img")
    let delta = try phone.run("write", "modem_a", path, "--delta", "--verify")
    let result = try #require(delta.event("result"))
    #expect(result["sentBytes"] as? Int == 512 << 10)
    #expect(result["unsentBytes"] as? Int == (4 << 20) - (512 << 10))
    let place = try phone.place("modem_a")
    #expect(try phone.stored(place.lun, at: place.start, count: image.count) == image)
    let blind = try phone.run("write", "modem_a", path, "--delta", knobs: ",digest=missing")
    #expect(blind.status == 0, "\(blind.errors)")
    #expect(blind.event("result")?["sentBytes"] as? Int == 4 << 20)
    #expect(blind.event("deltaUnavailable")?["reason"] as? String == "noDigest")
  }

  @Test func `refuses what would lose data or does not fit, before the device is touched`() throws {
    let path = try phone.folder.write(noise(5000, seed: 6), to: "x.img")
    let cases: [(arguments: [String], status: Int32, code: String)] = [
      (["write", "persist", path], 64, "plan.protected"), (["erase", "modemst1"], 64, "plan.protected"),
      (["erase", "0"], 64, "plan.protected"), (["write", "nowhere", path], 64, "storage.no-partition"),
      (["write", "devinfo", path], 65, "plan.does-not-fit"),
      (["write", "misc/100+8192", path], 64, "storage.unaligned"),
      (["read", "9", "-o", phone.folder.file("y")], 64, "storage.no-partition"),
      (["flash", "misc=" + path, "0/misc=" + path], 65, "plan.overlap"),
    ]
    for (arguments, status, code) in cases {
      let outcome = try BuiltProgram.run(
        arguments + [
          "--device", "sim:sdm845-ufs,clock=virtual,storage=" + phone.storage, "--loader",
          phone.folder.file("prog.elf"),
          "--json",
        ], environment: ["XDG_STATE_HOME": phone.folder.file("state")])
      #expect(outcome.status == status, "\(arguments): \(outcome.errors)")
      #expect(outcome.event("error")?["code"] as? String == code, "\(arguments)")
    }
    #expect(phone.journals.isEmpty)
  }

  @Test func `saves partitions with holes, and brings back what was lost`() throws {
    let image = noise(700_000, seed: 7)
    let path = try phone.folder.write(image, to: "modem.img")
    #expect(try phone.run("write", "modem_a", path).status == 0)
    let saved = phone.folder.file("saved")
    let backup = try phone.run("backup", saved, "--only", "modem_a,misc", "--verify")
    #expect(backup.status == 0, "\(backup.errors)")
    let file = try FileManager.default.attributesOfItem(atPath: saved + "/modem_a.bin")
    let place = try phone.place("modem_a")
    #expect((file[.size] as? Int) == place.bytes)
    let manifest = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(fileURLWithPath: saved + "/manifest.json")))
    let files = try #require((manifest as? [String: Any])?["files"] as? [[String: Any]])
    let modem = try #require(files.first { $0["name"] as? String == "modem_a.bin" })
    #expect(modem["verified"] as? String == "digest")
    #expect(modem["sha256"] as? String == (try SHA256Sum.of(saved + "/modem_a.bin")))

    #expect(try phone.run("erase", "modem_a", knobs: ",erase-fill=ff").status == 0)
    #expect(try phone.stored(place.lun, at: place.start, count: 16).allSatisfy { $0 == 0xFF })
    let restored = try phone.run("restore", saved, "--only", "modem_a", "--verify")
    #expect(restored.status == 0, "\(restored.errors)")
    #expect(restored.event("rebooting") == nil)
    #expect(try phone.stored(place.lun, at: place.start, count: 700_000) == image)
    let rest = try phone.stored(place.lun, at: place.start + 700_000, count: place.bytes - 700_000)
    #expect(rest.allSatisfy { $0 == 0 })

    _ = try phone.folder.write([1, 2, 3], to: "saved/misc.bin")
    let damaged = try phone.run("restore", saved)
    #expect(damaged.status == 65, "\(damaged.errors)")
  }

  @Test(arguments: ["corrupt-write:200000", "nak-after-data", "fail-program:1", "nak-stop:150000", "no-final"])
  func `never calls a wrong write done`(quirk: String) throws {
    let image = noise(600_000, seed: 9)
    let path = try phone.folder.write(image, to: "a.img")
    let cut = try phone.run("write", "modem_a", path, "--verify", knobs: ",quirk=" + quirk)
    #expect(cut.status != 0 && cut.event("result") == nil, "\(cut.output)")
    let resumed = try phone.run("write", "modem_a", path, "--verify", "--resume")
    #expect(resumed.status == 0, "\(resumed.errors)")
    let place = try phone.place("modem_a")
    #expect(try phone.stored(place.lun, at: place.start, count: image.count) == image)
  }

  @Test func `chooses the slot that boots, in tables that stay valid`() throws {
    #expect(try phone.run("slot", "get").event("result")?["slot"] as? String == "a")
    let set = try phone.run("slot", "set", "b")
    #expect(set.status == 0, "\(set.errors)")
    #expect(try phone.run("slot", "get").event("result")?["slot"] as? String == "b")
    for lun in 0...5 {
      let check = try BuiltProgram.run("gpt", "check", phone.storage + "/lun\(lun).img")
      #expect(check.status == 0, "LUN \(lun): \(check.output)\(check.errors)")
    }
    let again = try phone.run("slot", "set", "b")
    #expect(again.status == 0 && (again.event("result")?["sections"] as? [String])?.isEmpty == true)
  }

  @Test func `says what changing the slot would write, and writes nothing`() throws {
    let before = try (0...5).map {
      try phone.run("partitions").status == 0 ? phone.stored($0, at: 0, count: 1 << 20) : []
    }
    let outcome = try phone.run("slot", "set", "b", "--dry-run")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.event("result")?["status"] as? String == "planned")
    let writes = outcome.events.filter { $0["event"] as? String == "write" }
    let sections = try #require(outcome.event("result")?["sections"] as? [String])
    #expect(!sections.isEmpty && writes.count == 4 * sections.count)
    #expect(try (0...5).map { try phone.stored($0, at: 0, count: 1 << 20) } == before)
    #expect(try phone.run("slot", "get").event("result")?["slot"] as? String == "a")
  }

  @Test func `a dry run finds places and writes nothing`() throws {
    let path = try phone.folder.write(noise(5000, seed: 8), to: "x.img")
    let outcome = try phone.run("flash", "misc=" + path, "--dry-run")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let place = try phone.place("misc")
    let steps = try #require(outcome.event("plan")?["steps"] as? [[String: Any]])
    #expect(
      steps[0]["extent"] as? String == "0/0x\(String(place.start, radix: 16))+0x\(String(place.bytes, radix: 16))")
    #expect(try phone.stored(place.lun, at: place.start, count: 5000).allSatisfy { $0 == 0 })
    #expect(phone.journals.isEmpty)
  }
}
