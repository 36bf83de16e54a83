import Foundation
import Testing

@Suite struct `Digest tables, with the built program` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private let settings = ["--memory", "ufs", "--sector-size", "4096"]

  private func package(_ first: [UInt8], _ second: [UInt8]) throws -> String {
    try FileManager.default.createDirectory(atPath: folder.file("p"), withIntermediateDirectories: true)
    _ = try folder.write(first, to: "p/a.img")
    _ = try folder.write(second, to: "p/b.img")
    let common = #"SECTOR_SIZE_IN_BYTES="4096" physical_partition_number="0" num_partition_sectors="16""#
    return try folder.write(
      Array(
        """
        <data>
        <program \(common) start_sector="6" filename="a.img" label="first"/>
        <program \(common) start_sector="100" filename="b.img" label="second"/>
        </data>
        """.utf8), to: "p/rawprogram0.xml")
  }

  /// Tables for the package, as if they had been signed.
  private func tables(_ path: String) throws -> String {
    let folder = self.folder.file("tables")
    let made = try BuiltProgram.run(["qcom", "vip", "create", path, "-o", folder] + settings)
    #expect(made.status == 0, "\(made.errors)")
    let digests = [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/DigestsToSign.bin")))
    var header: [UInt8] = []
    for word in [0x1A, 6, 0, 0, digests.count, digests.count, 0, 0, 0, 0, 0, 0] {
      for byte in 0..<4 { header.append(UInt8(truncatingIfNeeded: word >> (8 * byte))) }
    }
    try Data(header + digests).write(to: URL(fileURLWithPath: folder + "/DigestsToSign.bin.mbn"))
    return folder
  }

  @Test func `the entry that differs is named with file, line and label`() throws {
    let path = try package(noise(4096, seed: 1), noise(4096, seed: 2))
    let tables = try tables(path)
    let check = ["qcom", "vip", "check", path, "--tables", tables, "--json"] + settings
    #expect(try BuiltProgram.run(check).status == 0)
    _ = try folder.write(noise(4096, seed: 3), to: "p/b.img")
    let differs = try BuiltProgram.run(check)
    #expect(differs.status == 65)
    let message = differs.event("error")?["message"] as? String ?? ""
    #expect(message.contains("rawprogram0.xml:3: second"), "\(message)")
    let other = try BuiltProgram.run(
      ["qcom", "vip", "check", path, "--tables", tables, "--json", "--memory", "emmc", "--sector-size", "4096"])
    #expect((other.event("error")?["message"] as? String)?.contains("configure") == true, "\(other.output)")
    let prog = try folder.write(LoaderSample.elf, to: "prog.elf")
    let flashed = try BuiltProgram.run(
      [
        "flash", path, "--vip", tables, "--loader", prog, "--json", "--device",
        "sim:sm8250-vip,clock=virtual,storage=" + folder.file("storage"),
      ] + settings)
    #expect(flashed.status == 65, "\(flashed.errors)")
    #expect((flashed.event("error")?["message"] as? String)?.contains("rawprogram0.xml:3: second") == true)
  }

  @Test func `options that mean nothing without a device are not there`() throws {
    let help = try BuiltProgram.run("qcom", "vip", "create", "--help").output
    #expect(help.contains("--memory") && help.contains("--max-payload"))
    #expect(!help.contains("--vip <folder>") && !help.contains("--disk-sectors"))
  }

  @Test(arguments: [["flash", "x.xml"], ["write", "boot", "x.img"], ["restore", "folder"]])
  func `proof is refused before anything else, and reading says why`(command: [String]) throws {
    let outcome = try BuiltProgram.run(command + ["--vip", folder.file("tables"), "--verify"] + settings)
    #expect(outcome.status == 64 && outcome.errors.contains("lets no reads pass"), "\(outcome.errors)")
    let path = try package(noise(10, seed: 1), noise(10, seed: 2))
    let prog = try folder.write(LoaderSample.elf, to: "prog.elf")
    let read = try BuiltProgram.run(
      [
        "read", "0/0+4096", "-o", folder.file("out"), "--vip", try tables(path), "--loader", prog, "--device",
        "sim:sm8250-vip,clock=virtual,storage=" + folder.file("storage"),
      ] + settings)
    #expect(read.status == 76 && read.errors.contains("digest tables (VIP)"), "\(read.errors)")
  }

  @Test func `a package without entries is said to hold nothing`() throws {
    let path = try folder.write(Array("<data></data>".utf8), to: "rawprogram0.xml")
    for arguments in [
      ["flash", path, "--dry-run"], ["qcom", "vip", "create", path, "-o", folder.file("t")] + settings,
      ["package", "apply", path, "--to", folder.file("disk%d.img"), "--sectors", "0=1000"],
      ["verify", path, "--device", "sim:sdm845-ufs,clock=virtual"],
    ] {
      let outcome = try BuiltProgram.run(arguments + ["--json"])
      #expect(outcome.status == 65, "\(arguments): \(outcome.status) \(outcome.errors)")
      #expect(outcome.event("error")?["code"] as? String == "plan.empty", "\(arguments): \(outcome.output)")
    }
  }
}
