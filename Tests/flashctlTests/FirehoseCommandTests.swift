import Foundation
import Testing

@testable import flashctl

@Suite struct `Firehose on the command line` {
  private let folder: TemporaryFolder
  private let device: String

  init() throws {
    folder = try TemporaryFolder()
    let storage = folder.file("storage")
    try FileManager.default.createDirectory(atPath: storage, withIntermediateDirectories: true)
    device = "sim:sdm845-ufs,clock=virtual,storage=\(storage)"
    _ = try folder.write(LoaderSample.elf, to: "prog.elf")
  }

  private func run(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(arguments + ["--device", device, "--loader", folder.file("prog.elf")])
  }

  @Test func `info tells what the programmer can do`() throws {
    let outcome = try run("qcom", "firehose", "info", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let programmer = try #require(outcome.event("programmer"))
    #expect(programmer["memory"] as? String == "ufs" && programmer["sectorBytes"] as? Int == 4096)
    #expect((programmer["commands"] as? [String])?.contains("getsha256digest") == true)
    let info = try run("info", "--json")
    #expect(info.event("device")?["memory"] as? String == "ufs", "\(info.errors)")
  }

  @Test func `without a loader a command ends with 64 and says what it needs`() throws {
    let outcome = try BuiltProgram.run("qcom", "firehose", "storage", "--device", device)
    #expect(outcome.status == 64 && outcome.errors.contains("--loader"), "\(outcome.errors)")
  }

  @Test func `storage and digests are told`() throws {
    let storage = try run("qcom", "firehose", "storage", "--json")
    #expect(storage.events.filter { $0["event"] as? String == "storage" }.count == 6, "\(storage.errors)")
    let digest = try run("qcom", "firehose", "digest", "0/64M+4K", "--json")
    #expect(
      digest.events.last?["sha256"] as? String
        == "ad7facb2586fc6e966c004d7d1d16b024f5805ff7cb47c7a85dabd8b48892ca7", "\(digest.errors)")
  }

  @Test func `a document of one's own is sent, and its file too`() throws {
    let nop = try run("qcom", "firehose", "xml", "<nop/>")
    #expect(nop.status == 0 && nop.output.contains("ACK"), "\(nop.errors)")
    let read =
      #"<read SECTOR_SIZE_IN_BYTES="4096" num_partition_sectors="1" physical_partition_number="0" start_sector="1"/>"#
    let out = folder.file("sector")
    let outcome = try run("qcom", "firehose", "xml", read, "--raw-out", out)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(try folder.bytes(of: "sector").starts(with: "EFI PART".utf8))
    let without = try run("qcom", "firehose", "xml", read)
    #expect(without.status == 64, "\(without.errors)")
  }

  @Test func `refusals carry the device's words`() throws {
    let outcome = try run("qcom", "firehose", "xml", "<frobnicate/>")
    #expect(outcome.status == 76 && outcome.errors.contains("firehose.refused"), "\(outcome.errors)")
    let wrong = try run("qcom", "firehose", "storage", "--memory", "emmc")
    #expect(wrong.status == 76 && wrong.errors.contains("--memory ufs"), "\(wrong.errors)")
  }

  @Test func `layouts are checked before a device is looked for`() throws {
    let path = try folder.write(Array("<data><ufs LUNum=\"0\"/></data>".utf8), to: "layout.xml")
    let outcome = try BuiltProgram.run("qcom", "firehose", "provision", path, "--dry-run")
    #expect(outcome.status == 65 && outcome.errors.contains("provisioning.malformed"), "\(outcome.errors)")
    #expect(outcome.errors.contains(path + ":1: ufs has no bLUEnable"), "\(outcome.errors)")
    let finalize = try BuiltProgram.run("qcom", "firehose", "provision", path, "--finalize-provisioning")
    #expect(finalize.status == 64)
  }

  @Test func `tables need what cannot be asked`() throws {
    let outcome = try BuiltProgram.run("qcom", "vip", "create", "nothing.xml", "-o", folder.file("tables"))
    #expect(outcome.status == 64 && outcome.errors.contains("--sector-size"))
  }
}
