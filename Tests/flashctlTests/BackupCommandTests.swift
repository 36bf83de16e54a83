import Foundation
import Testing

@Suite struct `Backups and copies, with the built program` {
  @Test func `raw NAND is saved by its own table, and comes back erased and written`() throws {
    let modem = try Phone(model: "mdm9207-nand")
    let boot = try modem.place("boot")
    let image = noise(300_000, seed: 40)
    #expect(try modem.run("write", "boot", modem.folder.write(image, to: "boot.img")).status == 0)
    let before = try modem.fingerprint(0)
    let saved = modem.folder.file("saved")
    let backup = try modem.run("backup", saved, "--skip", "userdata,system,modem,recoveryfs,SCRUB", "--verify")
    #expect(backup.status == 0, "\(backup.errors)")
    let descriptor = String(decoding: try modem.folder.bytes(of: "saved/rawprogram0.xml"), as: UTF8.self)
    #expect(descriptor.contains("<erase PAGES_PER_BLOCK=\"64\" SECTOR_SIZE_IN_BYTES=\"2048\" label=\"boot\""))
    #expect(try modem.run("erase", "boot").status == 0)
    #expect(try modem.stored(0, at: boot.start, count: 16).allSatisfy { $0 == 0xFF })
    let unasked = try modem.run("restore", saved, "--allow-protected")
    #expect(unasked.status == 64 && unasked.event("error")?["code"] as? String == "plan.fusing", "\(unasked.errors)")
    let restored = try modem.run("restore", saved, "--verify", "--allow-protected", "--allow-fusing")
    #expect(restored.status == 0, "\(restored.errors)")
    #expect(try modem.fingerprint(0) == before)

    #expect(try modem.run("erase", "boot").status == 0)
    // The folder is a package that brings its own loader.
    let flashed = try BuiltProgram.run(
      "flash", saved + "/flashmap.json", "--device", "sim:mdm9207-nand,clock=virtual,storage=" + modem.storage,
      "--allow-protected", "--allow-fusing", "--no-reboot", "--json",
      environment: ["XDG_STATE_HOME": modem.folder.file("state")])
    #expect(flashed.status == 0, "\(flashed.errors)")
    #expect(try modem.fingerprint(0) == before)
  }

  @Test func `a section stands for its partitions, and a part that cannot be read is named`() throws {
    let modem = try Phone(model: "mdm9207-nand")
    let whole = try modem.run(
      "backup", modem.folder.file("whole"), "--only", "0", "--skip", "userdata,system,modem,SCRUB")
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(try !modem.folder.bytes(of: "whole/boot.bin").isEmpty)
    let bad = try modem.run(
      "backup", modem.folder.file("bad"), "--only", "TZ,boot", knobs: ",bad-blocks=\(modem.place("boot").start >> 17)")
    #expect(bad.status == 76 || bad.status == 74, "\(bad.errors)")
    let error = try #require(bad.event("error"))
    #expect(error["step"] as? String == "back up boot" && (error["message"] as? String)?.hasPrefix("boot: ") == true)
    #expect((error["remedy"] as? String)?.contains("--skip boot") == true)
    #expect(!FileManager.default.fileExists(atPath: modem.folder.file("bad/manifest.json")))
    let blind = try modem.run("backup", modem.folder.file("blind"), knobs: ",storage-info=nak")
    #expect(blind.status == 64 && (blind.event("error")?["remedy"] as? String)?.contains("--disk-sectors 0=") == true)
    let told = try modem.run(
      "backup", modem.folder.file("told"), "--only", "boot", "--disk-sectors", "0=131072", "--sector-size", "2048",
      knobs: ",storage-info=nak")
    #expect(told.status == 0, "\(told.errors)")
  }

  @Test func `what is read may be sparse or compressed, and is the same image`() throws {
    let phone = try Phone()
    let image = noise(700_000, seed: 41)
    #expect(try phone.run("write", "tz_a", phone.folder.write(image, to: "a.img")).status == 0)
    let place = try phone.place("tz_a")
    let forms: [(name: String, options: [String])] = [
      ("s", ["--sparse"]), ("g", ["--compress", "gz"]), ("z", ["--compress", "zst"]),
    ]
    for (name, options) in forms {
      let file = phone.folder.file(name)
      let read = try phone.run(["read", "tz_a", "-o", file] + options)
      #expect(read.status == 0, "\(read.errors)")
      #expect(try phone.folder.bytes(of: name).count < 800_000)
      let expanded = phone.folder.file(name + ".raw")
      #expect(try BuiltProgram.run("image", "convert", file, expanded, "--to", "raw").status == 0)
      let bytes = try phone.folder.bytes(of: name + ".raw")
      #expect(bytes.count == place.bytes && Array(bytes.prefix(700_000)) == image)
      #expect(bytes.dropFirst(700_000).allSatisfy { $0 == 0 })
    }
    let raw = try phone.run("read", "tz_a", "-o", phone.folder.file("r"))
    #expect(raw.status == 0)
    #expect(try BuiltProgram.run("image", "sparse", phone.folder.file("r"), phone.folder.file("r.simg")).status == 0)
    #expect(try phone.folder.bytes(of: "r.simg") == phone.folder.bytes(of: "s"))
    #expect(try phone.run("read", "tz_a", "-o", "x", "--sparse", "--compress", "gz").status == 64)
  }

  @Test func `partitions are shown beside those of a package`() throws {
    let phone = try Phone()
    let modem = try phone.place("modem_a")
    let misc = try phone.place("misc")
    func entry(_ label: String, _ place: (lun: Int, start: Int, bytes: Int)) -> String {
      "<program SECTOR_SIZE_IN_BYTES='4096' physical_partition_number='\(place.lun)' filename='' label='\(label)' "
        + "num_partition_sectors='\(place.bytes / 4096)' start_sector='\(place.start / 4096)'/>"
    }
    let same = try phone.folder.write(
      Array("<data>\(entry("MODEM_A", modem))\(entry("new", (5, 1 << 20, 4096)))</data>".utf8), to: "same.xml")
    let alike = try phone.run("partitions", "--compare", same)
    #expect(alike.status == 0, "\(alike.errors)")
    let rows = alike.events.filter { $0["event"] as? String == "comparison" }
    #expect(rows.first { $0["name"] as? String == "modem_a" }?["same"] as? Bool == true)
    #expect(rows.first { $0["name"] as? String == "new" }?["device"] is NSNull)
    #expect(rows.first { $0["name"] as? String == "misc" }?["package"] is NSNull)
    let moved = (lun: misc.lun, start: misc.start + 4096, bytes: misc.bytes)
    let other = try phone.folder.write(Array("<data>\(entry("misc", moved))</data>".utf8), to: "other.xml")
    let differs = try phone.run("partitions", "--compare", other)
    #expect(differs.status == 74 && differs.event("error")?["code"] as? String == "partitions.differ")
  }
}
