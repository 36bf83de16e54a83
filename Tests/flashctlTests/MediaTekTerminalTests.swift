import Foundation
import Testing

@Suite struct `MediaTek phones behind a serial port` {
  @Test("a phone is flashed and read through a terminal", arguments: ["mt6765", "mt6789"])
  func flashes(model: String) throws {
    let phone = try MediaTekPhone(model)
    let output = Pipe()
    let server = try BuiltProgram.start(
      ["simulate", model, "--pty", "--storage", phone.storage], output: output, errors: Pipe())
    defer {
      server.interrupt()
      server.waitUntilExit()
    }
    var text = ""
    while !text.contains("\n") {
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { break }
      text += String(decoding: piece, as: UTF8.self)
    }
    let terminal = try #require(text.split(whereSeparator: \.isWhitespace).dropFirst(2).first)
    func run(_ arguments: String...) throws -> BuiltProgram.Outcome {
      try BuiltProgram.run(
        arguments + [
          "--device", "tty:\(terminal)", "--json", "--loader", phone.agent, "--preloader", phone.preloader,
        ], environment: phone.environment)
    }
    let flashed = try run("flash", phone.package, "--verify", "--no-reboot")
    #expect(flashed.status == 0, "\(flashed.errors)")
    // The agent goes on running behind the port.
    let partitions = try run("partitions")
    #expect(partitions.status == 0, "\(partitions.errors)")
    let boot = try #require(partitions.events.first { $0["name"] as? String == "boot" })
    let image = try phone.folder.bytes(of: "fixtures/package/boot.bin")
    #expect(try phone.stored("user", at: try #require(boot["start"] as? Int), count: image.count) == image)
    let copy = phone.folder.file("boot.copy")
    let read = try run("read", "boot", "-o", copy)
    #expect(read.status == 0, "\(read.errors)")
    #expect(try Array(phone.folder.bytes(of: "boot.copy").prefix(image.count)) == image)
  }
}
