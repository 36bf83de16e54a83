import Foundation
import Testing

@Suite struct `Backups of MediaTek phones, with the built program` {
  @Test("a backup is a package that flashes it back, and restore does so too", arguments: ["mt6765", "mt6893"])
  func roundTrip(model: String) throws {
    let phone = try MediaTekPhone(model)
    #expect(try phone.run("flash", phone.package, "--no-reboot").status == 0)
    let slot = phone.isUFS ? "_a" : ""
    let saved = phone.folder.file("saved")
    let boots = phone.isUFS ? "lun0,lun1" : "boot1,boot2"
    let backup = try phone.run("backup", saved, "--only", "boot\(slot),lk\(slot),proinfo,\(boots)")
    #expect(backup.status == 0, "\(backup.errors)")
    let names = Set(try FileManager.default.contentsOfDirectory(atPath: saved))
    let platform = model.uppercased()
    #expect(
      names.isSuperset(of: ["boot\(slot).bin", "lk\(slot).bin", "proinfo.bin", "manifest.json", "flash.xml", "DA.bin"]))
    #expect(names.contains("\(platform)_Android_scatter.txt") && names.contains("preloader_flashctl_backup.bin"))
    #expect(names.contains("\(platform)_Android_scatter.xml") == phone.isUFS)
    #expect(names.contains(phone.isUFS ? "lun0.bin" : "boot1.bin") && !names.contains { $0.hasPrefix("rawprogram") })
    let loader = try phone.folder.bytes(of: "fixtures/preloader.bin")
    #expect(try phone.folder.bytes(of: "saved/preloader_flashctl_backup.bin") == loader)
    #expect(try BuiltProgram.run("scatter", "check", saved).status == 0)

    let before = try phone.stored(phone.userFile, at: phone.place("boot\(slot)").start, count: 256 << 10)
    #expect(try phone.run("erase", "boot\(slot)").status == 0)
    let restored = try phone.run("restore", saved, "--allow-protected", "--verify")
    #expect(restored.status == 0, "\(restored.errors)")
    #expect(try phone.stored(phone.userFile, at: phone.place("boot\(slot)").start, count: 256 << 10) == before)

    #expect(try phone.run("erase", "boot\(slot)").status == 0)
    // The folder brings its own agent.
    let flashed = try phone.run(["flash", saved + "/flash.xml", "--no-reboot", "--verify"], withAgent: false)
    #expect(flashed.status == 0, "\(flashed.errors)")
    #expect(try phone.stored(phone.userFile, at: phone.place("boot\(slot)").start, count: 256 << 10) == before)
  }

  @Test func `a preloader gets the header of a boot section, and loses it again`() throws {
    let phone = try MediaTekPhone()
    #expect(try phone.run("flash", phone.package, "--no-reboot").status == 0)
    let made = phone.folder.file("boot1.img")
    let converted = try BuiltProgram.run("image", "convert", phone.preloader, made, "--to", "boot-section")
    #expect(converted.status == 0, "\(converted.errors)")
    // The simulated agent's own, where it has flashed the package.
    let section = try phone.folder.bytes(of: "boot1.img")
    #expect(try phone.stored("boot1", at: 0, count: section.count) == section)
    #expect(section.count % 512 == 0)
    #expect(try BuiltProgram.run("image", "extract", made, "-d", phone.folder.file("parts")).status == 0)
    #expect(try phone.folder.bytes(of: "parts/preloader.bin") == phone.folder.bytes(of: "fixtures/preloader.bin"))
    let other = try BuiltProgram.run("image", "convert", phone.agent, phone.folder.file("x"), "--to", "boot-section")
    #expect(other.status == 65 && other.errors.contains("no preloader"), "\(other.errors)")
  }

  @Test func `regions of a phone are read, written and erased by their names`() throws {
    let phone = try MediaTekPhone()
    #expect(try phone.run("flash", phone.package, "--no-reboot").status == 0)
    let read = try phone.run("read", "boot1/0x0+0x40000", "-o", phone.folder.file("boot1.bin"))
    #expect(read.status == 0, "\(read.errors)")
    #expect(try phone.folder.bytes(of: "boot1.bin") == phone.stored("boot1", at: 0, count: 0x40000))
    let image = try phone.folder.write(noise(4096, seed: 8), to: "x.bin")
    #expect(try phone.run("write", "boot2/0x1000+0x1000", image, "--verify").status == 0)
    #expect(try phone.stored("boot2", at: 0x1000, count: 4096) == noise(4096, seed: 8))
    #expect(try phone.run("verify", "boot2/0x1000+0x1000", image).status == 0)
    #expect(try phone.run("erase", "boot2/0x1000+0x1000").status == 0)
    #expect(try phone.stored("boot2", at: 0x1000, count: 4096).allSatisfy { $0 == 0 })
    for arguments in [["write", "rpmb/0x0+0x1000", image], ["erase", "rpmb/0x0+0x1000"]] {
      let refused = try phone.run(arguments + ["--allow-protected"])
      #expect(
        refused.status == 64 && refused.event("error")?["code"] as? String == "plan.never-written", "\(refused.errors)")
    }
    let ufs = try MediaTekPhone("mt6893")
    #expect(try ufs.run("read", "lun0/0x0+0x1000", "-o", ufs.folder.file("a")).status == 0)
    #expect(try ufs.run("read", "boot1/0x0+0x1000", "-o", ufs.folder.file("b")).status == 0)
  }
}
