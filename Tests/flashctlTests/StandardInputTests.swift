import Foundation
import Testing

/// Images from a pipe, and files that unpack to too much.
@Suite struct `Images that come as they are made` {
  private let phone: Phone

  init() throws { phone = try Phone() }

  /// Runs a command of the program behind a pipe of the shell: `cat x | flashctl write …`.
  private func piped(_ producer: String, _ arguments: String...) throws -> BuiltProgram.Outcome {
    let all =
      arguments + [
        "--device", "sim:sdm845-ufs,clock=virtual,storage=" + phone.storage, "--loader",
        phone.folder.file("prog.elf"), "--json",
      ]
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    let words = ([BuiltProgram.path] + all).map { "'\($0)'" }.joined(separator: " ")
    shell.arguments = ["-c", producer.replacingOccurrences(of: "FLASHCTL", with: words)]
    shell.environment = ProcessInfo.processInfo.environment.merging(
      ["XDG_STATE_HOME": phone.folder.file("state"), "TMPDIR": phone.folder.path]
    ) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    shell.standardOutput = output
    shell.standardError = errors
    shell.standardInput = FileHandle.nullDevice
    try shell.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let words2 = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    return BuiltProgram.Outcome(status: shell.terminationStatus, output: text, errors: words2)
  }

  @Test(
    arguments: [
      "cat FILE | FLASHCTL", "FLASHCTL < FILE", "gzip -c FILE | FLASHCTL", "(head -c 1 >/dev/null; FLASHCTL) < FILE",
    ])
  func `are written, proven and compared`(producer: String) throws {
    let image = noise(700_001, seed: 1)
    let path = try phone.folder.write(image, to: "modem.img")
    let command = producer.replacingOccurrences(of: "FILE", with: path)
    let written = try piped(command, "write", "modem_a", "-", "--verify")
    #expect(written.status == 0, "\(written.errors)")
    let place = try phone.place("modem_a")
    let expected = producer.hasPrefix("(") ? Array(image.dropFirst()) : image
    #expect(try phone.stored(place.lun, at: place.start, count: expected.count) == expected)
    let verified = try piped(command, "verify", "modem_a", "-")
    #expect(verified.status == 0, "\(verified.errors)")
    let again = try piped(command, "flash", "modem_b=-", "--no-reboot", "--dry-run")
    #expect(again.event("result")?["status"] as? String == "planned", "\(again.errors)")
    let left = try FileManager.default.contentsOfDirectory(atPath: phone.folder.path)
    #expect(left.allSatisfy { !$0.hasPrefix("flashctl-") })
  }

  @Test func `are refused as soon as they are too long`() throws {
    let endless = try piped("yes | FLASHCTL", "write", "devinfo", "-")
    #expect(
      endless.status == 65 && endless.event("error")?["code"] as? String == "plan.does-not-fit", "\(endless.errors)")
    let packed = try piped("head -c 3000000 /dev/urandom | gzip -c | FLASHCTL", "write", "devinfo", "-")
    #expect(packed.status == 65, "\(packed.errors)")
  }

  @Test func `are refused when nothing came`() throws {
    let nothing = try piped("true | FLASHCTL", "write", "devinfo", "-")
    #expect(
      nothing.status == 65 && nothing.event("error")?["code"] as? String == "plan.empty-image", "\(nothing.errors)")
  }

  @Test func `come from one place`() throws {
    let twice = try piped("echo | FLASHCTL", "flash", "modem_a=-", "modem_b=-")
    #expect(twice.status == 64 && twice.errors.contains("named 2 times"), "\(twice.errors)")
  }

  @Test func `a compressed file is unpacked no further than there is room`() throws {
    let path = phone.folder.file("zeros.gz")
    #expect(try piped("head -c 50000000 /dev/zero | gzip -1 > \(path); FLASHCTL", "partitions").status == 0)
    let refused = try phone.run("write", "devinfo", path)
    #expect(
      refused.status == 65 && refused.event("error")?["code"] as? String == "plan.file-too-large", "\(refused.errors)")
    #expect((refused.event("error")?["message"] as? String)?.contains("unpacks to more than") == true)
    // What takes so little is not worth a word.
    #expect(refused.event("working") == nil)
  }
}
