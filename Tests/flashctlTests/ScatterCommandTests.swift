import Foundation
import Testing

@testable import flashctl

@Suite struct `Scatter files on the command line` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A package of three entries: preloader, boot and userdata, and the reserved end.
  private func package(_ change: (String) -> String = { $0 }, boot: Int = 4096) throws -> String {
    var text = """
      - general: MTK_PLATFORM_CFG
        info:\u{20}
          - config_version: V1.1.2
            platform: MT6765
            project: demo
            storage: EMMC
            boot_channel: MSDC_0
            block_size: 0x20000

      """
    for (number, row) in [
      ("preloader", "preloader_demo.bin", "0x0", "0x40000", "EMMC_BOOT1_BOOT2", "BOOTLOADERS"),
      ("boot", "boot.img", "0x8000", "0x8000", "EMMC_USER", "UPDATE"),
      ("userdata", "NONE", "0x10000", "0xc0000000", "EMMC_USER", "UPDATE"),
      ("sgpt", "NONE", "0xFFFF0000", "0x8000", "EMMC_USER", "RESERVED"),
    ].enumerated() {
      text += """
        - partition_index: SYS\(number)
          partition_name: \(row.0)
          file_name: \(row.1)
          is_download: \(row.1 != "NONE")
          type: NORMAL_ROM
          linear_start_addr: \(row.2)
          physical_start_addr: \(row.2)
          partition_size: \(row.3)
          region: \(row.4)
          storage: HW_STORAGE_EMMC
          boundary_check: \(row.0 != "sgpt")
          is_reserved: \(row.0 == "sgpt")
          operation_type: \(row.5)
          reserve: 0x00


        """
    }
    _ = try folder.write([0x4D, 0x4D, 0x4D, 0x01] + noise(508, seed: 1), to: "preloader_demo.bin")
    _ = try folder.write(noise(boot, seed: 2), to: "boot.img")
    return try folder.write(Array(change(text).utf8), to: "MT6765_Android_scatter.txt")
  }

  @Test func `show lists entries with places and files, and resolves what counts from the end`() throws {
    let path = try package()
    let shown = try BuiltProgram.run("scatter", "show", path)
    #expect(shown.status == 0 && shown.errors.isEmpty, "\(shown.errors)")
    #expect(shown.output.contains("text scatter, V1.1.2, for MT6765, project demo"), "\(shown.output)")
    #expect(shown.output.contains("end-0x8000 + 0x8000"), "\(shown.output)")
    #expect(shown.output.contains("boot.img, 4.1 kB"))
    let json = try BuiltProgram.run("scatter", "show", path, "--size", "0x40000000", "--json")
    let entries = json.events.filter { $0["event"] as? String == "partition" }
    #expect(entries.compactMap { $0["name"] as? String } == ["preloader", "boot", "userdata", "sgpt"])
    #expect(entries.map { $0["start"] as? Int } == [0, 0x8000, 0x10000, 0x4000_0000 - 0x8000])
    #expect(entries[2]["bytes"] as? Int == 0x4000_0000 - 0x8000 - 0x10000 && entries[2]["takesRest"] as? Bool == true)
    #expect(entries[1]["line"] as? Int == 24 && entries[1]["sections"] as? [String] == ["user"])
    #expect(entries[0]["sections"] as? [String] == ["boot1", "boot2"])
    #expect(json.event("result")?["partitions"] as? Int == 4)
    // The folder leads to the same file.
    #expect(try BuiltProgram.run("scatter", "show", folder.path).output == shown.output)
  }

  @Test func `check accepts a whole package and names the line of what is wrong`() throws {
    let path = try package()
    let good = try BuiltProgram.run("scatter", "check", path, "--size", "1G", "--boot-size", "4M")
    #expect(good.status == 0 && good.output.contains("good, 4 entries, 2 files"), "\(good.errors)")
    let large = try BuiltProgram.run("scatter", "check", try package(boot: 40000), "--json")
    #expect(large.status == 65 && large.event("error")?["code"] as? String == "scatter.defective")
    #expect(large.event("condition")?["code"] as? String == "image-too-large")
    #expect(
      (large.event("error")?["message"] as? String)?.contains("scatter.txt:24: boot: its image has 40000 bytes") == true
    )
    let broken = try BuiltProgram.run("scatter", "check", try package { $0.replacing("0xc0000000", with: "12x") })
    #expect(
      broken.status == 65 && broken.errors.contains(":46: userdata: partition_size: “12x” is no number"),
      "\(broken.errors)")
    #expect(broken.errors.contains("scatter.bad-value"))
  }

  @Test func `check tells missing files by status 66, and can do without files`() throws {
    let path = try package()
    try FileManager.default.removeItem(atPath: folder.file("boot.img"))
    let missing = try BuiltProgram.run("scatter", "check", path)
    #expect(missing.status == 66 && missing.errors.contains("boot.img is missing"), "\(missing.errors)")
    #expect(try BuiltProgram.run("scatter", "check", path, "--layout-only").status == 0)
    _ = try folder.write(noise(512, seed: 2), to: "Boot.IMG")
    #expect(try BuiltProgram.run("scatter", "check", path).status == 0)
  }

  @Test func `check refuses to take anything for a boot loader`() throws {
    let path = try package()
    _ = try folder.write(noise(512, seed: 1), to: "preloader_demo.bin")
    let refused = try BuiltProgram.run("scatter", "check", path, "--json")
    #expect(refused.status == 65 && refused.event("condition")?["code"] as? String == "no-loader", "\(refused.errors)")
    _ = try folder.write(Array("EMMC_BOOT\0\0\0".utf8) + noise(500, seed: 1), to: "preloader_demo.bin")
    #expect(try BuiltProgram.run("scatter", "check", path).status == 0)
  }

  @Test func `check compares checksums, and can be told not to mind`() throws {
    let path = try package()
    let list = "<scatter><images><file name='boot.img' chk_method='ADD' checksum='0x1'/></images></scatter>"
    _ = try folder.write(Array(list.utf8), to: "scatter_checksum.xml")
    let differs = try BuiltProgram.run("scatter", "check", path)
    #expect(differs.status == 65 && differs.errors.contains("the list says 0x1"), "\(differs.errors)")
    let ignored = try BuiltProgram.run("scatter", "check", path, "--ignore-checksum", "--json")
    #expect(ignored.status == 0 && ignored.event("result")?["checksums"] as? Int == 1)
  }

  @Test func `strict makes errors of warnings`() throws {
    let path = try package { $0.replacing("V1.1.2", with: "V1.7") }
    let warned = try BuiltProgram.run("scatter", "check", path)
    #expect(warned.status == 0 && warned.errors.contains("version “V1.7”, read as V1.1.2"), "\(warned.errors)")
    #expect(try BuiltProgram.run("scatter", "check", path, "--strict").status == 65)
  }

  @Test func `convert writes what reads the same, and says what gets lost`() throws {
    let path = try package()
    let xml = folder.file("scatter.xml")
    #expect(try BuiltProgram.run("scatter", "convert", path, xml, "--to", "xml").status == 0)
    let back = folder.file("back.txt")
    let text = try BuiltProgram.run(
      "scatter", "convert", xml, back, "--to", "text", "--config-version", "V1.1.2", "--line-end", "lf")
    #expect(text.status == 0 && text.errors.isEmpty, "\(text.errors)")
    #expect(try folder.bytes(of: "back.txt") == folder.bytes(of: "MT6765_Android_scatter.txt"))
    #expect(try BuiltProgram.run("scatter", "convert", path, xml, "--to", "xml").status == 64)
    let legacy = try BuiltProgram.run("scatter", "convert", path, folder.file("old.txt"), "--to", "legacy")
    #expect(legacy.status == 65 && legacy.errors.contains("scatter.no-linear-addresses"), "\(legacy.errors)")
    let old = try folder.write(Array("PRELOADER 0x0 { } BOOTIMG 0x480000 { }".utf8), to: "nand.txt")
    let again = try BuiltProgram.run("scatter", "convert", old, folder.file("new.txt"), "--to", "legacy", "--json")
    #expect(again.status == 0 && again.event("result")?["losses"] as? Int == 0, "\(again.errors)")
    #expect(try folder.bytes(of: "new.txt") == Array("PRELOADER 0x0\n{\n}\nBOOTIMG 0x480000\n{\n}\n".utf8))
  }

  @Test func `checksum lists what the files add up to, which check then compares`() throws {
    let path = try package()
    let written = try BuiltProgram.run("scatter", "checksum", path, "--json")
    #expect(written.status == 0 && written.event("result")?["files"] as? Int == 2, "\(written.errors)")
    let list = String(decoding: try folder.bytes(of: "scatter_checksum.xml"), as: UTF8.self)
    let image = try folder.bytes(of: "boot.img")
    let sum = stride(from: 0, to: image.count, by: 4).reduce(UInt32(0)) { sum, place in
      sum &+ image[place..<place + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    #expect(list.contains("name=\"boot.img\" chk_method=\"ADD\" checksum=\"0x\(String(sum, radix: 16))\""), "\(list)")
    let checked = try BuiltProgram.run("scatter", "check", path, "--json")
    #expect(checked.status == 0 && checked.event("result")?["checksums"] as? Int == 2, "\(checked.errors)")
    let kept = try BuiltProgram.run("scatter", "checksum", path)
    #expect(kept.status != 0 && kept.errors.contains("--force"), "\(kept.errors)")
    _ = try folder.write(noise(4096, seed: 9), to: "boot.img")
    #expect(try BuiltProgram.run("scatter", "check", path).status == 65)
    #expect(try BuiltProgram.run("scatter", "checksum", path, "--force").status == 0)
    #expect(try BuiltProgram.run("scatter", "check", path).status == 0)
    try FileManager.default.removeItem(atPath: folder.file("boot.img"))
    let missing = try BuiltProgram.run("scatter", "checksum", path, "-o", folder.file("other.xml"))
    #expect(missing.status == 66 && missing.errors.contains("boot.img"), "\(missing.errors)")
  }

  @Test func `other files are refused with what they are`() throws {
    let plot = try folder.write(Array("1 2\n3 4\n".utf8), to: "plot_scatter.txt")
    let refused = try BuiltProgram.run("scatter", "show", plot)
    #expect(refused.status == 65 && refused.errors.contains("scatter.other-file"), "\(refused.errors)")
    let secret = try folder.write(noise(600, seed: 3), to: "MT6765_scatter.x")
    let encrypted = try BuiltProgram.run("scatter", "show", secret)
    #expect(encrypted.status == 65 && encrypted.errors.contains("encrypted by the vendor?"), "\(encrypted.errors)")
    #expect(try BuiltProgram.run("scatter", "show", folder.file("nothing.txt")).status == 66)
    let fuses = try folder.write(Array("<flash-mode><efuse/></flash-mode>".utf8), to: "flash.xml")
    #expect(try BuiltProgram.run("scatter", "show", fuses).errors.contains("never applies"))
  }
}
