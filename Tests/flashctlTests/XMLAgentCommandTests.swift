import Foundation
import Testing

/// Simulated phones with XML agents whose storage is a folder, the files that belong to them, and the built program.
@Suite struct `Storage of a phone with an XML agent, with the built program` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ model: String, _ arguments: [String], knobs: String = "") throws -> BuiltProgram.Outcome {
    let fixtures = folder.file("fixtures-" + model)
    if !FileManager.default.fileExists(atPath: fixtures) {
      let written = try BuiltProgram.run("simulate", model, "--write-fixtures", fixtures)
      try #require(written.status == 0, "\(written.errors)")
    }
    let storage = folder.file("storage-" + model)
    return try BuiltProgram.run(
      arguments + [
        "--device", "sim:\(model),clock=virtual,user-size=1100M,storage=" + storage + knobs, "--loader",
        fixtures + "/DA.bin", "--json",
      ], environment: ["XDG_STATE_HOME": folder.file("state")])
  }

  @Test("writes, proves, reads back and erases a partition", arguments: [("mt6789", "lk"), ("mt6893", "lk_a")])
  func roundTrip(model: String, partition: String) throws {
    let image = noise(300_001, seed: 5)
    let path = try folder.write(image, to: "lk.img")
    let written = try run(model, ["write", partition, path, "--verify"])
    #expect(written.status == 0, "\(written.errors)")
    let extent = try #require((written.event("result")?["extents"] as? [[String: Any]])?.first)
    #expect(extent["verified"] as? String == "readback")
    let read = try run(model, ["read", partition, "-o", folder.file("back.img")])
    #expect(read.status == 0, "\(read.errors)")
    #expect(Array(try folder.bytes(of: "back.img").prefix(300_001)) == image)
    #expect(try run(model, ["verify", partition, path]).status == 0)
    #expect(try run(model, ["erase", partition]).status == 0)
    #expect(try run(model, ["verify", partition, path]).status == 74)
  }

  @Test func `an agent without commands for ranges is asked for whole partitions`() throws {
    let knobs = ",missing-commands=READ-FLASH+WRITE-FLASH+ERASE-FLASH"
    let image = noise(300_001, seed: 8)
    let path = try folder.write(image, to: "lk.img")
    let listed = try run("mt6789", ["partitions"], knobs: knobs)
    #expect(listed.status == 0, "\(listed.errors)")
    let place = try #require(
      listed.events.first { $0["event"] as? String == "partition" && $0["name"] as? String == "lk" })
    let (start, bytes) = (try #require(place["start"] as? Int), try #require(place["bytes"] as? Int))
    let written = try run("mt6789", ["write", "lk", path, "--verify"], knobs: knobs)
    #expect(written.status == 0, "\(written.errors)")
    let stored = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.file("storage-mt6789") + "/user.img"))
    try stored.seek(toOffset: UInt64(start))
    #expect(try stored.read(upToCount: image.count).map { Array($0) } == image)
    let read = try run("mt6789", ["read", "lk", "-o", folder.file("back.img")], knobs: knobs)
    #expect(read.status == 0, "\(read.errors)")
    let back = try folder.bytes(of: "back.img")
    #expect(back.count == bytes && Array(back.prefix(300_001)) == image)
    let part = try run("mt6789", ["read", "lk/0x1000+0x2000", "-o", folder.file("part.img")], knobs: knobs)
    #expect(part.status == 0, "\(part.errors)")
    #expect(try folder.bytes(of: "part.img") == Array(image[0x1000..<0x3000]))
    #expect(try run("mt6789", ["erase", "lk"], knobs: knobs).status == 0)
    #expect(try run("mt6789", ["verify", "lk", path], knobs: knobs).status == 74)
    let outside = try run("mt6789", ["read", "boot1", "-o", folder.file("boot1.img")], knobs: knobs)
    #expect(
      outside.status == 76 && outside.event("error")?["code"] as? String == "xml.unsupported", "\(outside.errors)")
  }

  @Test func `an agent without commands for ranges gets no image with gaps`() throws {
    let knobs = ",missing-commands=WRITE-FLASH"
    let image = noise(6 << 20, seed: 13)
    let path = try folder.write(image, to: "boot.img")
    let cut = try run("mt6789", ["write", "boot", path], knobs: knobs + ",fault=disconnect@byte:5000000")
    #expect(cut.status == 74, "\(cut.errors)")
    // What is there would be overwritten with zeros.
    let resumed = try run("mt6789", ["write", "boot", path, "--resume"], knobs: knobs)
    #expect(resumed.status == 76, "\(resumed.errors)")
    #expect(resumed.event("error")?["code"] as? String == "xml.unsupported")
    #expect(try run("mt6789", ["write", "boot", path, "--restart", "--verify"], knobs: knobs).status == 0)
    let gaps = try folder.write([UInt8](repeating: 7, count: 4096) + [UInt8](repeating: 0, count: 1 << 20), to: "gaps")
    let sparse = folder.file("gaps.simg")
    #expect(try BuiltProgram.run("image", "sparse", gaps, sparse, "--skip-zero").status == 0)
    #expect(try run("mt6789", ["write", "boot", sparse], knobs: knobs).status == 76)
    #expect(try run("mt6789", ["verify", "boot", path], knobs: knobs).status == 0)
  }

  @Test func `partitions and information are told, and reboots acknowledged`() throws {
    let partitions = try run("mt6789", ["partitions"])
    #expect(partitions.status == 0, "\(partitions.errors)")
    #expect(partitions.events.contains { $0["name"] as? String == "boot" && $0["section"] as? String == "user" })
    let device = try #require(try run("mt6789", ["info"]).event("device"))
    #expect(device["agentVersion"] as? String == "2021" && device["storage"] as? String == "eMMC")
    #expect(try run("mt6893", ["info"]).event("device")?["agentGeneration"] as? String == "V6")
    for mode in ["system", "fastboot", "meta"] {
      let outcome = try run("mt6789", ["reboot", "--to", mode])
      #expect(outcome.status == 0, "\(mode): \(outcome.errors)")
    }
    #expect(try run("mt6789", ["reboot", "--to", "off"]).status == 76)
  }

  @Test(
    "what goes wrong has its status and code",
    arguments: [
      (",quirk=late-start:31", 75, "xml.not-started"), (",quirk=silent-after:4", 75, "xml.silence"),
      (",quirk=old-agent", 76, "xml.refused"), (",quirk=garbage", 76, "xml.protocol-violation"),
      (",quirk=foreign-file", 76, "xml.protocol-violation"), (",protected=lk", 76, "xml.refused"),
      (",agent-sla=yes", 64, "xml.signature-required"), (",data-packet=4K,quirk=error-at-chunk:12", 76, "xml.refused"),
    ] as [(String, Int32, String)])
  func failures(knobs: String, status: Int32, code: String) throws {
    let path = try folder.write(noise(100_000, seed: 6), to: "x.img")
    let outcome = try run("mt6789", ["write", "lk", path, "--verify"], knobs: knobs)
    #expect(outcome.status == status, "\(outcome.errors)")
    let error = try #require(outcome.event("error"))
    #expect(error["code"] as? String == code && error["remedy"] is String, "\(error)")
  }

  @Test func `data of one device need consent`() throws {
    let path = try folder.write(noise(512, seed: 3), to: "x.img")
    let refused = try run("mt6789", ["write", "nvram", path])
    #expect(refused.status == 64 && refused.event("error")?["code"] as? String == "plan.protected")
    #expect(try run("mt6789", ["write", "nvram", path, "--allow-protected"]).status == 0)
  }

  @Test func `a secured phone is unlocked by the signer of its fixtures`() throws {
    let path = try folder.write(noise(4096, seed: 7), to: "x.img")
    let refused = try run("mt6789-secured", ["write", "lk", path])
    #expect(refused.status == 64 && refused.event("error")?["code"] as? String == "xml.signature-required")
    let signer = "'" + folder.file("fixtures-mt6789-secured") + "/sla-signer.sh'"
    let written = try run("mt6789-secured", ["write", "lk", path, "--verify", "--sla-signer", signer])
    #expect(written.status == 0, "\(written.errors)")
  }

  @Test func `the speed is changed only when that is asked for`() throws {
    let outcome = try run("mt6893", ["read", "lk_a", "-o", folder.file("x.img"), "--try-usb-speed"])
    #expect(outcome.status == 0, "\(outcome.errors)")
  }
}
