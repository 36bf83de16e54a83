import Foundation
import Testing

@Suite struct `Flashing scatter packages, with the built program` {
  @Test("the fixtures' package is flashed and proven", arguments: ["mt6765", "mt6785", "mt6893", "mt6789"])
  func fixtures(model: String) throws {
    let phone = try MediaTekPhone(model)
    let flashed = try phone.run("flash", phone.package, "--verify")
    #expect(flashed.status == 0, "\(flashed.errors)\(flashed.output)")
    let extents = try #require(flashed.event("result")?["extents"] as? [[String: Any]])
    #expect(extents.allSatisfy { $0["verified"] as? String == "readback" })
    let boot = phone.isUFS ? "boot_a" : "boot"
    let image = try phone.folder.bytes(of: "fixtures/package/\(boot).bin")
    #expect(try phone.stored(phone.userFile, at: phone.place(boot).start, count: image.count) == image)
    let loader = try phone.folder.bytes(of: "fixtures/preloader.bin")
    for section in phone.isUFS ? ["lun0", "lun1"] : ["boot1", "boot2"] {
      #expect(try phone.stored(section, at: phone.isUFS ? 0 : 0x800, count: loader.count) == loader)
    }
    #expect(flashed.event("result")?["rebooted"] as? String == "system")
    #expect(try phone.run("verify", phone.package).status == 0)
    #expect(try phone.run("erase", boot).status == 0)
    let differs = try phone.run("verify", phone.package)
    #expect(differs.status == 74 && differs.event("error")?["code"] as? String == "device.content-differs")
  }

  @Test func `package apply builds what flashing an empty device leaves`() throws {
    let size = 1 << 30
    let phone = try MediaTekPhone(emptyByteCount: size)
    let flashed = try phone.run("flash", phone.package, "--mode", "firmware-upgrade")
    #expect(flashed.status == 0, "\(flashed.errors)")
    let images = phone.folder.file("%d.img")
    let unknown = try BuiltProgram.run("package", "apply", phone.package, "--to", images)
    #expect(unknown.status == 64 && unknown.errors.contains("--sectors user="), "\(unknown.errors)")
    let applied = try BuiltProgram.run(
      "package", "apply", phone.package, "--to", images, "--sectors", "user=\(size / 512)", "--sectors", "boot1=65536",
      "--sectors", "boot2=65536")
    #expect(applied.status == 0, "\(applied.errors)")
    for boot in ["boot1.img", "boot2.img"] {
      let made = try phone.folder.bytes(of: boot)
      #expect(try phone.stored(String(boot.dropLast(4)), at: 0, count: made.count) == made)
    }
    // The tables have ids of their own; everything else is the same.
    let made = try FileHandle(forReadingFrom: URL(fileURLWithPath: phone.folder.file("user.img")))
    for name in ["boot", "lk", "logo"] {
      let place = try phone.place(name)
      try made.seek(toOffset: UInt64(place.start))
      #expect(
        try made.read(upToCount: place.bytes).map(Array.init)
          == phone.stored("user", at: place.start, count: place.bytes))
    }
    let table = try BuiltProgram.run("gpt", "check", phone.folder.file("user.img"))
    #expect(table.status == 0, "\(table.errors)")
  }

  @Test func `memory is set up with what the package's own boot loader says`() throws {
    let phone = try MediaTekPhone()
    let device = ["--device", "sim:mt6765,clock=virtual,storage=" + phone.storage, "--loader", phone.agent]
    let without = try BuiltProgram.run(["read", "boot", "-o", phone.folder.file("boot")] + device, environment: [:])
    #expect(without.status == 64 && without.errors.contains("--preloader"), "\(without.errors)")
    let flashed = try BuiltProgram.run(["flash", phone.package] + device, environment: phone.environment)
    #expect(flashed.status == 0, "\(flashed.errors)")
    let backup = phone.folder.file("backup")
    #expect(try phone.run("backup", backup, "--only", "boot").status == 0)
    let restored = try BuiltProgram.run(["restore", backup, "--only", "boot"] + device, environment: phone.environment)
    #expect(restored.status == 0, "\(restored.errors)")
  }

  @Test func `modes of the agent ask for one`() throws {
    let refused = try BuiltProgram.run("reboot", "--to", "meta", "--device", "sim:mt6765,clock=virtual")
    #expect(refused.status == 64 && refused.errors.contains("--loader"), "\(refused.errors)")
  }

  @Test("an upgrade that was cut off in the middle of the table is finished", arguments: [160_000, 165_000, 170_000])
  func resumedTable(byte: Int) throws {
    let phone = try MediaTekPhone(emptyByteCount: 1 << 30)
    let upgrade = ["flash", phone.package, "--mode", "firmware-upgrade"]
    let cut = try phone.run(upgrade, knobs: ",fault=disconnect@byte:\(byte)")
    #expect(cut.status == 74, "\(cut.errors)")
    #expect(try phone.run(upgrade).status != 0)
    let resumed = try phone.run(upgrade + ["--resume"])
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try BuiltProgram.run("gpt", "check", phone.storage + "/user.img").status == 0)
  }

  @Test func `an upgrade mends a damaged copy of the table, and a table alone may be asked for twice`() throws {
    let phone = try MediaTekPhone(emptyByteCount: 1 << 30)
    let table = ["flash", phone.package, "--mode", "firmware-upgrade", "--table-only", "--no-reboot"]
    #expect(try phone.run(table).status == 0)
    let again = try phone.run(table)
    #expect(again.status == 0, "\(again.errors)")
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: phone.storage + "/user.img"))
    try file.seek(toOffset: 700)
    try file.write(contentsOf: Data(repeating: 0, count: 8192))
    #expect(try BuiltProgram.run("gpt", "check", phone.storage + "/user.img").status == 65)
    let flashed = try phone.run("flash", phone.package, "--no-reboot")
    #expect(flashed.status == 0, "\(flashed.errors)")
    let warnings = try #require(flashed.event("plan")?["warnings"] as? [[String: Any]])
    #expect(warnings.contains { $0["code"] as? String == "scatter.table-damaged" }, "\(warnings)")
    #expect(try phone.run(table).status == 0)
    #expect(try BuiltProgram.run("gpt", "check", phone.storage + "/user.img").status == 0)
  }

  @Test func `a plan needs no device, and says what the file says`() throws {
    let phone = try MediaTekPhone()
    let planned = try BuiltProgram.run("flash", phone.package, "--dry-run", "--json")
    #expect(planned.status == 0, "\(planned.errors)")
    let steps = try #require(planned.event("plan")?["steps"] as? [[String: Any]])
    #expect(steps.map { $0["name"] as? String }.suffix(3).prefix(2) == ["preloader", "preloader"])
    let attributes = steps.compactMap { $0["attributes"] as? [String: String] }
    #expect(attributes.allSatisfy { $0["descriptor"]?.hasPrefix("MT6765_Android_scatter.txt:") == true })
    let boot = try #require(steps.first { $0["name"] as? String == "boot" })
    let digest = try SHA256Sum.of(phone.package + "/boot.bin")
    #expect(boot["sha256"] as? String == digest)
    #expect(try BuiltProgram.run("flash", phone.package, "--dry-run").output.contains("     sha256 \(digest)\n"))
    let upgrade = try BuiltProgram.run("flash", phone.package, "--dry-run", "--json", "--mode", "firmware-upgrade")
    #expect(upgrade.status == 64 && upgrade.errors.contains("--disk-sectors user="), "\(upgrade.errors)")
    let empty = try BuiltProgram.run(
      "flash", phone.package, "--dry-run", "--json", "--mode", "firmware-upgrade", "--disk-sectors", "user=2097152")
    #expect(empty.status == 0, "\(empty.errors)")
    let names = (empty.event("plan")?["steps"] as? [[String: Any]])?.compactMap { $0["name"] as? String }
    #expect(names?.contains("primary-header") == true && names?.contains("protective-mbr") == true)
  }

  @Test func `what is wrong with a package is said before the device is touched`() throws {
    let phone = try MediaTekPhone()
    try FileManager.default.removeItem(atPath: phone.package + "/boot.bin")
    let missing = try phone.run("flash", phone.package)
    #expect(missing.status == 66 && missing.event("error")?["code"] as? String == "scatter.file-missing")
    #expect(!FileManager.default.fileExists(atPath: phone.storage))
    let left = try phone.run("flash", phone.package, "--allow-missing", "--no-reboot")
    #expect(left.status == 0, "\(left.errors)")
    let path = try phone.rewrite { $0 = $0.replacingOccurrences(of: "partition_size: 0x", with: "partition_size: zz") }
    let broken = try phone.run("flash", path)
    #expect(broken.status == 65, "\(broken.errors)")
    #expect((broken.event("error")?["message"] as? String)?.contains("_scatter.txt:") == true)
    let other = try phone.folder.write(Array("nothing of the kind\n".utf8), to: "my_scatter.txt")
    #expect(try phone.run("flash", other).status == 65)
  }

  @Test func `options that do not belong to a mode are refused`() throws {
    for arguments in [
      ["--mode", "sideways"], ["--by-name", "--mode", "format-all"], ["--keep", "x"], ["--include-boot"],
      ["--whole-chip"], ["--file", "nothing"],
    ] {
      let outcome = try BuiltProgram.run(["flash", "/nowhere", "--dry-run"] + arguments)
      #expect(outcome.status == 64, "\(arguments): \(outcome.errors)")
    }
  }

  @Test func `another chip, another layout and formatting are refused with their remedy`() throws {
    let phone = try MediaTekPhone()
    let path = try phone.rewrite { $0 = $0.replacingOccurrences(of: "platform: MT6765", with: "platform: MT6893") }
    let chip = try phone.run("flash", path, "--no-reboot")
    #expect(chip.status == 65 && chip.event("error")?["code"] as? String == "scatter.other-platform", "\(chip.errors)")
    #expect(try phone.run("flash", path, "--no-reboot", "--force").status == 0)
    let format = try phone.run("flash", path, "--force", "--mode", "format-all-download")
    #expect(format.status == 64 && format.event("error")?["code"] as? String == "scatter.loses-identity")
    let remedy = format.event("error")?["remedy"] as? String
    #expect(remedy?.contains("--allow-full-erase") == true && remedy?.contains("--allow-protected") == true)
  }

  @Test func `a phone without a table gets one, and what is moved is kept`() throws {
    let phone = try MediaTekPhone(emptyByteCount: 64 << 20)
    let scatter = Self.small(proinfo: 1)
    let package = phone.folder.file("small")
    try FileManager.default.createDirectory(atPath: package, withIntermediateDirectories: true)
    let image = noise(300_000, seed: 3)
    _ = try phone.folder.write(image, to: "small/boot.img")
    _ = try phone.folder.write(phone.folder.bytes(of: "fixtures/preloader.bin"), to: "small/preloader.bin")
    let path = try phone.folder.write(Array(scatter.utf8), to: "small/MT6765_Android_scatter.txt")
    let refused = try phone.run("flash", path)
    #expect(
      refused.status == 64 && refused.event("error")?["code"] as? String == "scatter.no-table", "\(refused.errors)")
    let made = try phone.run("flash", path, "--mode", "firmware-upgrade", "--verify")
    #expect(made.status == 0, "\(made.errors)")
    let own = noise(1 << 20, seed: 4)
    #expect(
      try phone.run("write", "nvram", phone.folder.write(own, to: "own.bin"), "--allow-protected").status == 0)
    _ = try phone.folder.write(Array(Self.small(proinfo: 2).utf8), to: "small/MT6765_Android_scatter.txt")
    let differs = try phone.run("flash", path)
    #expect(differs.status == 64 && differs.event("error")?["code"] as? String == "scatter.layout-differs")
    let upgraded = try phone.run("flash", package, "--mode", "firmware-upgrade", "--verify")
    #expect(upgraded.status == 0, "\(upgraded.errors)")
    #expect(try phone.place("nvram") == (start: 0x280000, bytes: 1 << 20))
    #expect(try phone.stored("user", at: 0x280000, count: own.count) == own)
    let saved = try #require(upgraded.event("result")?["saved"] as? [[String: Any]])
    let copy = try #require(saved.first { $0["name"] as? String == "nvram" }?["file"] as? String)
    #expect(copy.hasPrefix(phone.folder.file("state/flashctl/copies/")))
    #expect(FileManager.default.contents(atPath: copy).map { [UInt8]($0) } == own)
    #expect(upgraded.errors.contains("copies of what only this device has go to"))
    // The table is one that other people's programs take.
    let check = try BuiltProgram.run("gpt", "check", phone.storage + "/user.img")
    #expect(check.status == 0, "\(check.errors)")
  }

  private static func small(proinfo: Int) -> String {
    var start = 0x80000
    func entry(_ number: Int, _ name: String, _ file: String, _ size: Int, _ operation: String, _ rest: String = "")
      -> String
    {
      let isBoot = name == "preloader"
      let isReserved = operation == "RESERVED"
      let place = isBoot || name == "pgpt" ? "0x0" : isReserved ? rest : "0x" + String(start, radix: 16)
      if !isBoot, name != "pgpt", !isReserved { start += size }
      return """
        - partition_index: SYS\(number)
          partition_name: \(name)
          file_name: \(file)
          is_download: \(file != "NONE")
          type: \(isBoot ? "SV5_BL_BIN" : "NORMAL_ROM")
          linear_start_addr: \(place)
          physical_start_addr: \(place)
          partition_size: 0x\(String(size, radix: 16))
          region: \(isBoot ? "EMMC_BOOT1_BOOT2" : "EMMC_USER")
          storage: HW_STORAGE_EMMC
          boundary_check: \(!isReserved)
          is_reserved: \(isReserved)
          operation_type: \(operation)
          reserve: 0x00


        """
    }
    return """
      - general: MTK_PLATFORM_CFG
        info:\u{20}
          - config_version: V1.1.2
            platform: MT6765
            project: small
            storage: EMMC
            boot_channel: MSDC_0
            block_size: 0x20000

      """ + entry(0, "preloader", "preloader.bin", 0x40000, "BOOTLOADERS")
        + entry(1, "pgpt", "NONE", 0x80000, "INVISIBLE") + entry(2, "proinfo", "NONE", proinfo << 20, "PROTECTED")
        + entry(3, "nvram", "NONE", 1 << 20, "BINREGION") + entry(4, "boot", "boot.img", 2 << 20, "UPDATE")
        + entry(5, "userdata", "NONE", 0xC000_0000, "UPDATE")
        + entry(6, "flashinfo", "NONE", 0x100000, "RESERVED", "0xFFFF0008")
        + entry(7, "sgpt", "NONE", 0x8000, "RESERVED", "0xFFFF0000")
  }
}
