import Foundation
import Testing

@Suite struct `Signals` {
  /// Starts a flash that would take minutes, and sends a signal as soon as progress is seen.
  private func interrupt(with signal: Int32) throws -> BuiltProgram.Outcome {
    let folder = try TemporaryFolder()
    let path = try folder.write(noise(6_000_000, seed: 9), to: "emmc.img")
    let output = Pipe()
    let errors = Pipe()
    let process = try BuiltProgram.start(
      ["flash", "mmc=" + path, "--json", "--device", "sim:rx51,window=1M,consume-rate=500000"], output: output,
      errors: errors)
    var text = Data()
    while !String(decoding: text, as: UTF8.self).contains(#""event":"progress""#) {
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { break }
      text += piece
    }
    kill(process.processIdentifier, signal)
    text += output.fileHandleForReading.readDataToEndOfFile()
    let words = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return BuiltProgram.Outcome(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self), errors: words)
  }

  @Test(
    "end a flash in order, and say what the device was left with",
    arguments: [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
  func endsInOrder(signal: Int32, status: Int32) throws {
    let outcome = try interrupt(with: signal)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains("mmc on the device is incomplete"))
    let error = try #require(outcome.events.last)
    #expect(error["event"] as? String == "error")
    #expect(error["exit"] as? Int == Int(status))
    #expect((error["remedy"] as? String)?.contains("flashctl reboot --to update") == true)
    #expect(outcome.event("result") == nil)
  }

  @Test func `end a served device with status 0`() throws {
    let output = Pipe()
    let process = try BuiltProgram.start(
      ["simulate", "rx51", "--tcp", "127.0.0.1:0"], output: output, errors: Pipe())
    var text = ""
    while !text.contains("\n") {
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { break }
      text += String(decoding: piece, as: UTF8.self)
    }
    let words = text.split(whereSeparator: \.isWhitespace)
    #expect(words.first == "ready")
    #expect(words.dropFirst().first == "tcp")
    #expect(words.last == "rx51")
    let info = try BuiltProgram.run("info", "--device", "tcp:" + (words.dropFirst(2).first ?? ""))
    #expect(info.status == 0, "\(info.errors)")
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }
}
