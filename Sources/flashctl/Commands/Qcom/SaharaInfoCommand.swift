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

  @Option(
    help: ArgumentHelp(
      "Write what the device has learned of its memory (DDR training) to this file; it is given back as image 34.",
      valueName: "file"), completion: .file())
  var trainingData: String?

  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let files = try [(SaharaClientCommand.debugData, logFile), (.trainingData, trainingData)].compactMap {
      question, path in
      try path.map { path in (question, path, try OutputFile.begin(at: path, replacing: true)) }
    }
    let more: [SaharaClientCommand] = [.softwareVersion, .commandList] + files.map(\.0)
    let (device, identity, answers) = try await DeviceSession(options, console).runQualcomm(step: "identify") {
      target, device in
      let found = try await target.information(asking: more)
      return (device, found.identity, found.answers)
    }
    console.emit("device", IdentityText.members(identity, device: device))
    for line in IdentityText.lines(identity, device: device) { console.result(line) }
    var written: [SaharaClientCommand: UInt64] = [:]
    for (question, path, sink) in files {
      guard let data = answers.data[question] else { continue }
      try sink.append(data)
      try sink.commit()
      written[question] = sink.byteCount
      console.result("\(question.name): \(Units.bytes(sink.byteCount)) in \(path)")
    }
    func count(_ question: SaharaClientCommand) -> JSONValue { written[question].map(JSONValue.unsigned) ?? .null }
    console.event(
      "result",
      ["status": "done", "logBytes": count(.debugData), "trainingDataBytes": count(.trainingData)])
  }
}
