import Foundation
import Testing

/// A simulated MediaTek phone whose storage is a folder, the files that belong to it, and the built program.
@Suite struct `Storage of a MediaTek phone, with the built program` {
  private let folder: TemporaryFolder
  private let fixtures: String

  init() throws {
    folder = try TemporaryFolder()
    fixtures = folder.file("fixtures")
    let written = try BuiltProgram.run("simulate", "mt6765", "--write-fixtures", fixtures)
    try #require(written.status == 0, "\(written.errors)")
  }

  private func run(
    _ arguments: String..., knobs: String = "", hasPreloader: Bool = true
  ) throws -> BuiltProgram.Outcome {
    let storage = folder.file("storage")
    return try BuiltProgram.run(
      arguments + [
        "--device", "sim:mt6765,clock=virtual,user-size=1100M,storage=" + storage + knobs, "--loader",
        fixtures + "/DA.bin", "--json",
      ] + (hasPreloader ? ["--preloader", fixtures + "/preloader.bin"] : []),
      environment: ["XDG_STATE_HOME": folder.file("state")])
  }

  @Test func `writes, proves, reads back and erases a partition`() throws {
    let image = noise(300_001, seed: 1)
    let path = try folder.write(image, to: "lk.img")
    let written = try run("write", "lk", path, "--verify")
    #expect(written.status == 0, "\(written.errors)")
    let extent = try #require((written.event("result")?["extents"] as? [[String: Any]])?.first)
    #expect(extent["verified"] as? String == "readback")
    let read = try run("read", "lk", "-o", folder.file("back.img"))
    #expect(read.status == 0, "\(read.errors)")
    #expect(Array(try folder.bytes(of: "back.img").prefix(300_001)) == image)
    #expect(try run("verify", "lk", path).status == 0)
    #expect(try run("erase", "lk").status == 0)
    #expect(try run("verify", "lk", path).status == 74)
  }

  @Test func `partitions and information are told, and reboots acknowledged`() throws {
    let partitions = try run("partitions")
    #expect(partitions.status == 0, "\(partitions.errors)")
    #expect(partitions.events.contains { $0["name"] as? String == "boot" && $0["section"] as? String == "user" })
    let device = try #require(try run("info").event("device"))
    #expect(device["agentVersion"] as? String == "1.0" && device["storage"] as? String == "eMMC")
    for mode in ["system", "fastboot", "meta", "edl", "off"] {
      let outcome = try run("reboot", "--to", mode)
      #expect(outcome.status == 0, "\(mode): \(outcome.errors)")
    }
  }

  @Test func `a boot area is read by place, and written images end up there`() throws {
    let image = noise(5000, seed: 2)
    let path = try folder.write(image, to: "boot1.img")
    #expect(try run("write", "boot1/0x1000+0x2000", path).status == 0)
    #expect(try run("read", "boot1/0x0+0x4000", "-o", folder.file("boot1.bin")).status == 0)
    let bytes = try folder.bytes(of: "boot1.bin")
    #expect(bytes.count == 0x4000 && Array(bytes[0x1000..<0x1000 + 5000]) == image)
  }

  @Test func `data of one device need consent`() throws {
    let path = try folder.write(noise(512, seed: 3), to: "x.img")
    for region in ["nvram", "seccfg", "proinfo", "protect1", "persist"] {
      let refused = try run("write", region, path)
      #expect(refused.status == 64 && refused.event("error")?["code"] as? String == "plan.protected", "\(region)")
    }
    #expect(try run("write", "nvram", path, "--allow-protected").status == 0)
  }

  @Test(
    "what goes wrong has its status and code",
    arguments: [
      (",quirk=merged-ack-only", 75, "xflash.silence"), (",quirk=emi-mismatch:1", 76, "xflash.memory-failed"),
      (",quirk=no-second-boot-status", 75, "xflash.second-stage-silent"),
      (",quirk=read-error-at:1", 76, "xflash.refused"), (",write-packet=100", 76, "xflash.packet-length"),
      (",agent-sla=yes", 64, "xflash.signature-required"),
    ] as [(String, Int32, String)])
  func failures(knobs: String, status: Int32, code: String) throws {
    let path = try folder.write(noise(4096, seed: 4), to: "x.img")
    let outcome = try run("write", "lk", path, "--verify", knobs: knobs)
    #expect(outcome.status == status, "\(outcome.errors)")
    let error = try #require(outcome.event("error"))
    #expect(error["code"] as? String == code && error["remedy"] is String, "\(error)")
  }

  @Test func `an agent that compares checksums refuses what was changed on its way`() throws {
    let image = noise(4 << 20, seed: 9)
    let path = try folder.write(image, to: "boot.img")
    let knobs = ",fault=corrupt@byte:3000000"
    let unseen = try run("write", "boot", path, knobs: knobs)
    #expect(unseen.status == 0, "\(unseen.errors)")
    #expect(try run("verify", "boot", path).status == 74)
    let seen = try run("write", "boot", path, "--checksum-level", "usb", knobs: knobs)
    let error = try #require(seen.event("error"))
    #expect(seen.status == 76 && error["code"] as? String == "xflash.refused", "\(seen.errors)")
    #expect((error["message"] as? String)?.contains("checksum") == true, "\(error)")
    #expect(try run("write", "boot", path, "--checksum-level", "both", "--restart").status == 0)
    #expect(try run("verify", "boot", path).status == 0)
  }

  @Test func `a boot ROM's agent asks for the preloader`() throws {
    let outcome = try run("partitions", hasPreloader: false)
    let remedy = outcome.event("error")?["remedy"] as? String
    #expect(outcome.status == 64 && remedy?.contains("--preloader") == true, "\(outcome.errors)")
    #expect(try run("partitions", knobs: ",actor=preloader", hasPreloader: false).status == 0)
  }
}
