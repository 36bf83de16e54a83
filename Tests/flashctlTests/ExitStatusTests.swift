import Foundation
import Testing

@testable import flashctl

@Suite struct `Exit statuses` {
  @Test func `64 for a command line that is wrong, also as a JSON event`() throws {
    #expect(try BuiltProgram.run("flash").status == 64)
    #expect(try BuiltProgram.run("info", "--device", "nonsense").status == 64)
    #expect(try BuiltProgram.run("info", "--device", "sim:rx51,no-such-knob=1").status == 64)
    let outcome = try BuiltProgram.run("info", "--json", "--bogus")
    #expect(outcome.status == 64)
    #expect(outcome.events.first?["event"] as? String == "start")
    #expect(outcome.events.last?["exit"] as? Int == 64)
  }

  @Test func `64 for an empty device, which must not mean the only one attached`() throws {
    let outcome = try BuiltProgram.run("info", "--device", "", environment: ["FLASHCTL_DEVICE": "sim:rx51"])
    #expect(outcome.status == 64)
  }

  @Test func `74 when the result cannot be written`() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "exec \"$0\" udev-rules >/dev/full", BuiltProgram.path]
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 74)
    #expect(text.contains("standard output"))
  }

  @Test func `65 rather than a device node replaced by a file`() throws {
    let folder = try TemporaryFolder()
    let image = try folder.write(noise(100, seed: 1), to: "mmc.img")
    #expect(mkfifo(folder.file("pipe"), 0o600) == 0)
    let outcome = try BuiltProgram.run("image", "create", "-o", folder.file("pipe"), "--force", "mmc=" + image)
    #expect(outcome.status == 65, "\(outcome.errors)")
    var status = stat()
    #expect(lstat(folder.file("pipe"), &status) == 0)
    #expect(status.st_mode & S_IFMT == S_IFIFO)
  }

  @Test func `65 for a file that is malformed`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write([0xB4, 0, 0], to: "short.fiasco")
    let outcome = try BuiltProgram.run("flash", path, "--device", "sim:rx51,clock=virtual")
    #expect(outcome.status == 65, "\(outcome.errors)")
    #expect(outcome.errors.contains(path))
    #expect(outcome.errors.contains("0x"))
  }

  @Test func `66 for a named file that is missing`() throws {
    let outcome = try BuiltProgram.run("flash", "no-such-file.fiasco", "--device", "sim:rx51,clock=virtual")
    #expect(outcome.status == 66)
    #expect(outcome.errors.contains("no-such-file.fiasco"))
  }

  @Test func `69 where a device was needed and none is there`() throws {
    let outcome = try BuiltProgram.run("info", "--device", "tcp:127.0.0.1:9", "--json")
    #expect(outcome.status == 69)
    #expect(outcome.event("error")?["device"] as? String == "tcp:127.0.0.1:9")
  }

  @Test func `74 when the device leaves in the middle`() throws {
    let outcome = try BuiltProgram.run("info", "--device", "sim:rx51,clock=virtual,fault=disconnect@5")
    #expect(outcome.status == 74)
  }

  @Test func `75 when the device falls silent`() throws {
    let outcome = try BuiltProgram.run("info", "--device", "sim:rx51,clock=virtual,fault=drop@12")
    #expect(outcome.status == 75)
  }

  @Test(
    "76 when the protocol has no such command, and nothing is left behind",
    arguments: [["partitions"], ["read", "mmc", "-o", "out.bin"], ["erase", "kernel"], ["reboot", "--to", "edl"]])
  func noSuchCommand(words: [String]) throws {
    let folder = try TemporaryFolder()
    let arguments = words.map { $0 == "out.bin" ? folder.file($0) : $0 } + ["--device", "sim:rx51,clock=virtual"]
    let output = Pipe()
    let errors = Pipe()
    let process = try BuiltProgram.start(arguments, output: output, errors: errors)
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 76)
    #expect(text.contains("Mk II"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func `0 on a machine without USB where no device was needed`() throws {
    #expect(try BuiltProgram.run("list").status == 0)
    #expect(try BuiltProgram.run("doctor").status == 0)
    #expect(try BuiltProgram.run("udev-rules").status == 0)
    #expect(try BuiltProgram.run("--version").output == Version.current + "\n")
  }

  @Test func `are all documented`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appendingPathComponent("docs/exit-codes.md"), encoding: .utf8)
    for status in ExitStatus.allCases {
      #expect(page.contains("| \(status.rawValue) |"), "status \(status.rawValue)")
    }
  }
}
