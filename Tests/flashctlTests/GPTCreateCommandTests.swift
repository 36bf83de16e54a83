import Foundation
import Testing

@Suite struct `Making partition tables, with the built program` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func create(_ arguments: String...) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(["gpt", "create"] + arguments + ["--json"])
  }

  @Test func `a new disk image has the partitions that were asked for, as other tools see it`() throws {
    let disk = folder.file("disk.img")
    let made = try create(
      "-o", disk, "--size", "64M", "boot_a:8M::0x006f000000000000", "esp:4M:efi", "at:40M+2048s:basic", "userdata:")
    #expect(made.status == 0, "\(made.errors)")
    #expect(try BuiltProgram.run("gpt", "check", disk).status == 0)
    let events = try BuiltProgram.run("gpt", "show", disk, "--json").events.filter {
      $0["event"] as? String == "partition"
    }
    #expect(events.compactMap { $0["name"] as? String } == ["boot_a", "esp", "at", "userdata"])
    #expect(events.compactMap { $0["firstSector"] as? Int } == [2048, 18432, 81920, 83968])
    #expect(events.compactMap { $0["lastSector"] as? Int } == [18431, 26623, 83967, 131038])
    #expect(events[0]["attributes"] as? String == "0x6f000000000000")
    #expect((events[1]["type"] as? String)?.lowercased() == "c12a7328-f81f-11d2-ba4b-00a0c93ec93b")
    guard FileManager.default.isExecutableFile(atPath: "/usr/sbin/sgdisk") else { return }
    let check = try sgdisk("-v", disk)
    #expect(check.contains("No problems found"), "\(check)")
    #expect(try sgdisk("-i", "2", disk).contains("EFI system partition"))
  }

  @Test func `writes into an image that exists only with consent, and leaves its content alone`() throws {
    let content = noise(8 << 20, seed: 30)
    let disk = try folder.write(content, to: "disk.img")
    #expect(try create("-o", disk, "data:", "--sector-size", "4096").status == 64)
    #expect(try folder.bytes(of: "disk.img") == content)
    let made = try create("-o", disk, "data:", "--sector-size", "4096", "--force")
    #expect(made.status == 0, "\(made.errors)")
    #expect(try BuiltProgram.run("gpt", "check", disk).status == 0)
    let after = try folder.bytes(of: "disk.img")
    #expect(after[(1 << 20)..<(7 << 20)] == content[(1 << 20)..<(7 << 20)])
    #expect(try create("-o", disk, "data:", "--force", "--size", "9M").status == 64)
    let odd = try folder.write(noise((8 << 20) + 100, seed: 31), to: "odd.img")
    let told = try create("-o", odd, "data:", "--force")
    #expect(told.status == 0 && told.errors.contains("the last 100 bytes"), "\(told.errors)")
  }

  @Test func `writes the files of packages, the same bytes for the same text`() throws {
    for name in ["1", "2"] {
      let made = try create(
        "--main", folder.file("main" + name), "--backup", folder.file("backup" + name), "--sectors", "4096",
        "--sector-size", "4096", "--guids-from", "x", "a:1M", "A:1M", "b:")
      #expect(made.status == 0, "\(made.errors)")
    }
    let main = try folder.bytes(of: "main1")
    #expect(try main == folder.bytes(of: "main2") && folder.bytes(of: "backup1") == folder.bytes(of: "backup2"))
    #expect(main.count == 6 * 4096)
    #expect(try folder.bytes(of: "backup1").count == 5 * 4096)
    let shown = try BuiltProgram.run("gpt", "show", folder.file("main1"), "--json")
    let partitions = shown.events.filter { $0["event"] as? String == "partition" }
    #expect(Set(partitions.compactMap { $0["guid"] as? String }).count == 3)
  }

  @Test(
    arguments: [
      ["a:70M"], ["a:1M", "b:1M+1M"], ["a:1000+1M"], ["a:1000"], ["noSize"], ["a:1M:nonsense"],
      [String(repeating: "n", count: 37) + ":1M"], ["a:1M", "b:1M", "a:"], ["a:1M", "--entries", "1", "b:1M"],
      ["a:1M", "--sectors", "50"], ["a:1M", "--size", "1000001"],
    ] as [[String]])
  func `refuses partitions that make no sense as a wrong command line, and makes no file`(
    _ partitions: [String]
  ) throws {
    let size = partitions.contains("--sectors") || partitions.contains("--size") ? [] : ["--size", "64M"]
    let outcome = try BuiltProgram.run(["gpt", "create", "-o", folder.file("disk.img")] + size + partitions)
    #expect(outcome.status == 64, "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("disk.img")))
  }

  private func sgdisk(_ arguments: String...) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/sbin/sgdisk")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text
  }
}
