import ArgumentParser
import FlashCore
import Qualcomm

/// `flashctl qcom firehose …`
struct FirehoseCommandGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "firehose", abstract: "Speak to a programmer: one that runs already, or one that --loader starts.",
    subcommands: [
      FirehoseInfoCommand.self, FirehoseXMLCommand.self, FirehosePeekCommand.self, FirehosePokeCommand.self,
      FirehoseProvisionCommand.self, FirehoseBenchmarkCommand.self, FirehoseFixGPTCommand.self,
      FirehoseDigestCommand.self, FirehoseStorageCommand.self, FirehoseBootableCommand.self,
    ])
}

/// A command that speaks to a programmer.
protocol ProgrammerCommand: DeviceCommand {
  var loader: LoaderOptions { get }
}

extension ProgrammerCommand {
  func run<Result: Sendable>(
    _ step: String, on console: Console, _ body: @Sendable (QualcommTarget, String) async throws -> Result
  ) async throws -> Result {
    try await DeviceSession(options, console, loader).runQualcomm(step: step, body)
  }
}

/// `flashctl qcom firehose info`
struct FirehoseInfoCommand: ProgrammerCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "Show what a programmer says of itself, and what it can do.")

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let (device, facts) = try await run("identify", on: console) { target, device in
      (device, try await target.programmerFacts())
    }
    var rows: [(String, String)] = [
      ("device", device), ("memory", facts.limits.memory.rawValue), ("sector size", "\(facts.sectorByteCount)"),
      ("payload", "\(facts.limits.payload)"), ("largest document", "\(facts.limits.maximumDocument)"),
    ]
    if let target = facts.limits.targetName { rows.append(("target", target)) }
    if let serial = facts.startup.chipSerialNumber { rows.append(("chip serial number", Diagnostic.hex(serial))) }
    if let date = facts.startup.buildDate { rows.append(("build date", date)) }
    let functions = facts.startup.functionNames
    rows.append(("commands", functions.isEmpty ? "not listed" : functions.joined(separator: " ")))
    let width = rows.map(\.0.count).max() ?? 0
    for (name, value) in rows {
      console.result(name + ":" + String(repeating: " ", count: width - name.count + 2) + value)
    }
    console.event(
      "programmer",
      [
        "device": .string(device), "memory": .string(facts.limits.memory.rawValue),
        "sectorBytes": .unsigned(UInt64(facts.sectorByteCount)), "payloadBytes": .unsigned(facts.limits.payload),
        "documentBytes": .unsigned(facts.limits.maximumDocument), "target": .optional(facts.limits.targetName),
        "chipSerialNumber": .optional(facts.startup.chipSerialNumber.map { Diagnostic.hex($0) }),
        "buildDate": .optional(facts.startup.buildDate), "commands": .array(functions.map(JSONValue.string)),
      ])
    console.event("result", ["status": "done", "device": .string(device)])
  }
}
