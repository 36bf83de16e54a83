import Foundation
import Testing

/// What the program says when a Qualcomm device or its user goes wrong: one remedy, and one that helps.
@Suite struct `Remedies for Qualcomm devices` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(
    _ arguments: String..., model: String = "sdm845-ufs", knobs: String = "", state: String? = nil,
    environment: [String: String] = [:], hasLoader: Bool = true
  ) throws -> BuiltProgram.Outcome {
    let loader = try folder.write(LoaderSample.elf, to: "prog.elf")
    return try BuiltProgram.run(
      arguments + ["--device", "sim:\(model),clock=virtual,storage=" + folder.file("storage") + knobs, "--json"]
        + (hasLoader ? ["--loader", loader] : []),
      environment: ["XDG_STATE_HOME": state ?? folder.file("state")].merging(environment) { $1 })
  }

  private func error(_ outcome: BuiltProgram.Outcome) -> (code: String, message: String, remedy: String) {
    let event = outcome.event("error") ?? [:]
    return (
      event["code"] as? String ?? "", event["message"] as? String ?? "", event["remedy"] as? String ?? ""
    )
  }

  @Test(arguments: ["mdm9207-nand", "ipq-spinor", "msm8916-emmc"], ["ufs", "nvme"])
  func `a wrong kind of storage is best left out`(model: String, memory: String) throws {
    let outcome = try run("partitions", "--memory", memory, model: model)
    #expect(outcome.status == 76)
    #expect(error(outcome).remedy.contains("leave --memory out"), "\(error(outcome))")
    #expect(try run("partitions", model: model).status == 0)
  }

  @Test func `protected partitions are allowed by a word that the command knows`() throws {
    let image = try folder.write(noise(4096, seed: 1), to: "x.img")
    let refused = error(try run("write", "persist", image))
    #expect(refused.code == "plan.protected")
    #expect(refused.remedy.contains("--allow-protected") && !refused.remedy.contains("--skip"), "\(refused.remedy)")
    let two = error(try run("flash", "persist=" + image, "modemst1=" + image))
    #expect(two.message.contains("persist") && two.message.contains("modemst1"), "\(two.message)")
    #expect(try run("write", "persist", image, "--allow-protected").status == 0)
  }

  @Test func `what burns fuses needs one word`() throws {
    let image = try folder.write(noise(4096, seed: 2), to: "sec.dat")
    let refused = error(try run("write", "sec", image, model: "msm8916-emmc"))
    #expect(refused.code == "plan.fusing" && refused.remedy.contains("--allow-fusing"), "\(refused)")
    let allowed = try run("write", "sec", image, "--allow-fusing", model: "msm8916-emmc")
    #expect(allowed.status == 0, "\(allowed.errors)")
  }

  @Test func `a size that contradicts what the device says is refused before anything is written`() throws {
    let image = try folder.write(noise(4096, seed: 4), to: "x.img")
    for arguments in [
      ["write", "misc", image], ["flash", "misc=" + image, "--dry-run"], ["read", "misc", "-o", folder.file("out")],
      ["erase", "misc"], ["partitions"], ["backup", folder.file("saved"), "--only", "misc"],
    ] {
      let loader = try folder.write(LoaderSample.elf, to: "prog.elf")
      let outcome = try BuiltProgram.run(
        arguments + [
          "--disk-sectors", "0=4096", "--loader", loader, "--json", "--device",
          "sim:sdm845-ufs,clock=virtual,storage=" + folder.file("storage"),
        ], environment: ["XDG_STATE_HOME": folder.file("state")])
      #expect(outcome.status == 65, "\(arguments): \(outcome.errors)")
      #expect(error(outcome).code == "firehose.sector-count", "\(arguments): \(error(outcome))")
      #expect(error(outcome).message.contains("4096"), "\(error(outcome).message)")
    }
    let size = try #require(
      FileManager.default.attributesOfItem(atPath: folder.file("storage/lun0.img"))[.size] as? Int)
    let agreeing = try run("write", "misc", image, "--disk-sectors", "0=\(size / 4096)")
    #expect(agreeing.status == 0, "\(agreeing.errors)")
    // A table may be of another disk: there the user's word counts.
    let told = try run("partitions", "--disk-sectors", "0=4096", knobs: ",storage-info=missing")
    #expect(error(told).code != "firehose.sector-count", "\(told.errors)")
  }

  @Test func `restoring names every protected partition`() throws {
    let saved = folder.file("saved")
    #expect(try run("backup", saved, "--only", "persist,modemst1,misc", model: "msm8916-emmc").status == 0)
    let refused = error(try run("restore", saved, model: "msm8916-emmc"))
    #expect(refused.code == "plan.protected")
    #expect(refused.message.contains("modemst1") && refused.message.contains("persist"), "\(refused.message)")
  }

  @Test func `a refusal names the sectors`() throws {
    let outcome = try run("read", "0/64M+8192", "-o", folder.file("out"), knobs: ",quirk=nak-after-data")
    #expect(outcome.status == 76)
    #expect(error(outcome).message.contains("section 0, sectors 16384 to 16385"), "\(error(outcome).message)")
  }

  @Test(arguments: ["mdm9207-nand", "sdm845-ufs"]) func `storage that fails is no wrong command line`(
    model: String
  ) throws {
    #expect(
      try run("read", "boot_a", "-o", folder.file("out"), model: model, knobs: ",quirk=nak-after-data").status == 76)
  }

  @Test func `a late device is out of time`() throws {
    let outcome = try run("partitions", knobs: ",quirk=slow-response:90000")
    #expect(outcome.status == 75 && error(outcome).message.contains("last words"), "\(error(outcome).message)")
    #expect(try run("partitions", knobs: ",quirk=slow-response:20000").status == 0)
  }

  @Test func `a run without a place for its journal goes on, and says so once`() throws {
    let image = try folder.write(noise(9000, seed: 3), to: "x.img")
    let outcome = try run("write", "modem_a", image, state: "/dev/null")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.events.filter { $0["event"] as? String == "journalUnavailable" }.count == 1)
  }

  @Test func `the environment's loader is not started by info`() throws {
    let loader = try folder.write(LoaderSample.elf, to: "prog.elf")
    let plain = try run("info", environment: ["FLASHCTL_LOADER": loader], hasLoader: false)
    #expect(plain.status == 0)
    #expect(plain.event("device")?["mode"] as? String == "EDL" && plain.event("device")?["memory"] == nil)
    let told = try run("info")
    #expect(told.event("device")?["memory"] as? String == "ufs", "\(told.output)")
  }

  @Test func `a dump of nothing says what there is`() throws {
    let outcome = try BuiltProgram.run(
      "qcom", "sahara", "ramdump", "-o", folder.file("dump"), "--filter", "nothing*", "--device",
      "sim:sdm845-crash,clock=virtual,memory=64K", "--json")
    #expect(outcome.status == 64)
    #expect(error(outcome).message.contains("OCIMEM.BIN"), "\(error(outcome).message)")
  }

  @Test func `damaged and missing partition tables are told`() throws {
    let whole = try run("partitions", model: "msm8916-emmc")
    let words = whole.events.filter { $0["event"] as? String == "table" }.map { $0["primary"] as? String }
    #expect(words == ["valid", "missing", "missing"])
    let plain = try BuiltProgram.run(
      "partitions", "--device", "sim:msm8916-emmc,clock=virtual,storage=" + folder.file("storage"), "--loader",
      folder.file("prog.elf"))
    #expect(plain.output.contains("without a partition table: sections 1, 2"), "\(plain.output)")

    let file = try #require(FileHandle(forUpdatingAtPath: folder.file("storage/lun0.img")))
    try file.seek(toOffset: 512 + 40)
    try file.write(contentsOf: [0xFF])
    try file.close()
    let damaged = try run("partitions", model: "msm8916-emmc")
    #expect(damaged.status == 0 && damaged.errors.contains("primary table is damaged"), "\(damaged.errors)")
    #expect(damaged.event("condition")?["section"] as? String == "0")
    #expect(damaged.events.contains { $0["name"] as? String == "userdata" })
  }
}
