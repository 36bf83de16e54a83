import ArgumentParser
import FlashCore
import FlashImages
import Qualcomm

/// `flashctl qcom sahara info`
struct SaharaInfoCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Ask a boot ROM everything that it tells about the chip.",
    discussion: "Asks more than `flashctl info`: the software version, and the commands that the ROM knows.")

  @Option(
    name: .customLong("log"), help: ArgumentHelp("Write the ROM's own log to this file.", valueName: "file"),
    completion: .file())
  var logFile: String?

  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let sink = try logFile.map { path in try OutputFile.begin(at: path, replacing: true) }
    let more: [SaharaClientCommand] = [.softwareVersion, .commandList] + (sink == nil ? [] : [.debugData])
    let (device, identity, answers) = try await DeviceSession(options, console).runQualcomm(step: "identify") {
      target, device in
      let found = try await target.information(asking: more)
      return (device, found.identity, found.answers)
    }
    console.emit("device", IdentityText.members(identity, device: device))
    for line in IdentityText.lines(identity, device: device) { console.result(line) }
    var logged: UInt64?
    if let sink, let log = answers.data[.debugData] {
      try unsafe log.withUnsafeBytes { buffer in try unsafe sink.append(buffer) }
      try sink.commit()
      logged = sink.byteCount
      console.result("the ROM's log: \(Units.bytes(sink.byteCount)) in \(logFile ?? "")")
    }
    console.event("result", ["status": "done", "logBytes": logged.map(JSONValue.unsigned) ?? .null])
  }
}
