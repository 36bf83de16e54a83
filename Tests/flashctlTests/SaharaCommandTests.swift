import Foundation
import Testing

@testable import flashctl

@Suite struct `Sahara on the command line` {
  private let folder: TemporaryFolder
  private static let device = "sim:sdm845-crash,clock=virtual,memory=8K"

  init() throws { folder = try TemporaryFolder() }

  @Test func `info tells what a crashed device is`() throws {
    let outcome = try BuiltProgram.run("info", "--json", "--device", Self.device)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let device = try #require(outcome.event("device"))
    #expect(device["family"] as? String == "qualcomm" && device["mode"] as? String == "crash dump")
    #expect(device["serialNumber"] as? String == "3EB3EBC4" && device["protocolVersion"] as? Int == 2)
  }

  @Test func `ramdump lists regions and writes none`() throws {
    let outcome = try BuiltProgram.run("qcom", "sahara", "ramdump", "--list", "--json", "--device", Self.device)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let regions = outcome.events.filter { $0["event"] as? String == "region" }
    #expect(regions.compactMap { $0["file"] as? String }.prefix(2) == ["OCIMEM.BIN", "PMIC_PON.BIN"])
    #expect(regions.count == 9 && regions.filter { $0["preferred"] as? Bool == false }.count == 1)
  }

  @Test func `ramdump writes regions and a minidump, and replaces nothing unasked`() throws {
    let directory = folder.file("dump")
    let arguments = ["qcom", "sahara", "ramdump", "-o", directory, "--json", "--device", Self.device]
    let outcome = try BuiltProgram.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let files = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
    #expect(
      files == [
        "DDRCS0_0.BIN", "DDRCS1_0.BIN", "OCIMEM.BIN", "PMIC_PON.BIN", "RST_STAT.BIN", "md_KELF.BIN", "md_KLOGBUF.BIN",
        "md_KSTACK0.BIN", "md_KVMCORE.BIN", "minidump.elf",
      ])
    let minidump = try folder.bytes(of: "dump/minidump.elf")
    let parts = try ["md_KELF", "md_KVMCORE", "md_KLOGBUF"].map { try folder.bytes(of: "dump/\($0).BIN") }
    let filler = [UInt8](repeating: 0, count: 0x100)
    #expect(
      minidump == parts[0] + parts[1] + parts[2] + filler + (try folder.bytes(of: "dump/md_KSTACK0.BIN")) + filler)
    #expect(outcome.events.last?["regions"] as? Int == 9)
    let again = try BuiltProgram.run(arguments)
    #expect(again.status == 64 && again.errors.contains("file.exists"))
    #expect(try BuiltProgram.run(arguments + ["--force"]).status == 0)
  }

  @Test func `a refused region is left out, named, and no success`() throws {
    let directory = folder.file("dump")
    let outcome = try BuiltProgram.run(
      "qcom", "sahara", "ramdump", "-o", directory, "--json", "--device", Self.device + ",quirk=end-in-chunk:1")
    #expect(outcome.status == 76)
    #expect(outcome.events.last?["code"] as? String == "sahara.memory-refused")
    #expect((outcome.events.last?["message"] as? String)?.contains("1 of 9 regions are missing: OCIMEM.BIN") == true)
    let files = try FileManager.default.contentsOfDirectory(atPath: directory)
    #expect(files.contains("DDRCS0_0.BIN") && files.contains("minidump.elf") && !files.contains("OCIMEM.BIN"))
    #expect(!files.contains { $0.hasSuffix(".part") })
  }

  @Test func `storage files are what regions hold`() throws {
    let storage = folder.file("memory")
    try FileManager.default.createDirectory(atPath: storage, withIntermediateDirectories: true)
    _ = try folder.write(Array("crashed".utf8), to: "memory/OCIMEM.BIN")
    let outcome = try BuiltProgram.run(
      "qcom", "sahara", "ramdump", "-o", folder.file("dump"), "--filter", "ocimem", "--device",
      Self.device + ",storage=\(storage)")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try folder.bytes(of: "dump/OCIMEM.BIN") == Array("crashed".utf8) + [UInt8](repeating: 0, count: 0x1000 - 7))
  }

  @Test func `load needs a loader, reads it first, and says what is wrong with it`() throws {
    let none = try BuiltProgram.run("qcom", "sahara", "load", "--device", Self.device)
    #expect(none.status == 64 && none.errors.contains("needs a loader"))
    let missing = try BuiltProgram.run(
      "qcom", "sahara", "load", "--loader", folder.file("none"), "--device", Self.device)
    #expect(missing.status == 66)
    let pointer = try folder.write(Array("version https://git-lfs.github.com/spec/v1\n".utf8), to: "prog.elf")
    let lfs = try BuiltProgram.run(
      "qcom", "sahara", "load", "--device", Self.device, environment: ["FLASHCTL_LOADER": pointer])
    #expect(lfs.status == 65 && lfs.errors.contains("loader.other-file") && lfs.errors.contains("git lfs pull"))
    let named = try BuiltProgram.run("qcom", "sahara", "load", "--loader", "13:\(pointer)", "--device", Self.device)
    #expect(named.status == 65 && named.errors.contains("git lfs pull"))
    let any = try folder.write([1, 2, 3], to: "any")
    let crashed = try BuiltProgram.run("qcom", "sahara", "load", "--loader", "13:\(any)", "--device", Self.device)
    #expect(crashed.status == 76 && crashed.errors.contains("sahara.wrong-mode"))
  }

  @Test func `reboot and recover are acknowledged, and what Sahara cannot do is said`() throws {
    #expect(try BuiltProgram.run("reboot", "--device", Self.device).status == 0)
    let recovered = try BuiltProgram.run("qcom", "sahara", "recover", "--device", Self.device)
    #expect(recovered.status == 0 && recovered.output.contains("memory debug mode"), "\(recovered.errors)")
    let reading = try BuiltProgram.run("read", "boot", "-o", folder.file("boot"), "--device", Self.device)
    #expect(reading.status == 76 && reading.errors.contains("docs/qualcomm.md"))
    let wrong = try BuiltProgram.run("qcom", "sahara", "info", "--device", "sim:rx51,clock=virtual")
    #expect(wrong.status == 76 && wrong.errors.contains("device.other-family"))
  }

  @Test func `image inspect shows loaders`() throws {
    let archive =
      "07070100000000000081A40000000000000000000000010000000000000005000000000000000000000000000000000000000C00000000"
      + "13:prog.elf\0\0\0ABCDE\0\0\0"
      + "07070100000000000081A40000000000000000000000010000000000000000000000000000000000000000000000000000000B00000000"
      + "TRAILER!!!\0\0\0\0"
    let path = try folder.write(Array(archive.utf8), to: "archive")
    let outcome = try BuiltProgram.run("image", "inspect", path, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let loader = try #require(outcome.event("loader"))
    #expect(loader["format"] as? String == "programmer-archive")
    let broken = try folder.write(Array("070701 no".utf8), to: "broken")
    #expect(try BuiltProgram.run("image", "inspect", broken).status == 65)
  }
}
