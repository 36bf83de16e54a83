import ArgumentParser
import FlashCore
import FlashImages
import MediaTek

/// `flashctl mtk agent read`
struct AgentReadCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "read", abstract: "Read a partition that the agent finds itself.",
    discussion: "By the agent's own names: those of the table, PGPT, SGPT, preloader and preloader_backup.")

  @Argument(help: "The partition's name.") var partition: String

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The file to write, or - for standard output.", valueName: "file"), completion: .file())
  var file: String

  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  mutating func validate() throws {
    guard file != "-" || !options.output.json else {
      throw ValidationError("--json and -o - would both write to standard output; give a file.")
    }
  }

  func execute(_ console: Console) async throws {
    let sink = try ReadSink(file)
    let count = try await run("read \(partition)", on: console) { [partition] target, _ in
      let count = try await target.read(partition: partition) { bytes in
        try unsafe bytes.withUnsafeBytes { buffer in try unsafe sink.append(buffer) }
      }
      guard count == sink.byteCount else {
        throw ImageError.shortRead(path: partition, offset: 0, expected: count)
      }
      return count
    }
    try sink.finish()
    let sentence = "read \(partition): \(Units.bytes(count)) to \(file == "-" ? "standard output" : file)"
    if file == "-" { console.info(sentence) } else { console.result(sentence) }
    console.event(
      "result",
      ["status": "done", "partition": .string(partition), "bytes": .unsigned(count), "file": .string(file)])
  }
}

/// `flashctl mtk agent write`
struct AgentWriteCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "write", abstract: "Write a whole file to a partition that the agent finds itself.",
    discussion: """
      The agent expands sparse images, and makes the header of a boot section. What it stored is not compared; \
      `flashctl flash --whole-images` does both.
      """)

  @Argument(help: "The partition's name.") var partition: String
  @Argument(help: "The file.", completion: .file()) var file: String
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    try AgentPartition.requireConsent(partition, consent)
    var reading = ImageFile.Options()
    reading.expandsSparse = false
    let image = try ImageFile(path: file, options: reading).measured()
    let count = image.source.byteCount ?? image.fileByteCount
    let progress = FileProgress(partition, total: count, console: console)
    let source = image.source
    let device = try await run("write \(partition)", on: console) { [partition] target, device in
      try await target.write(source, byteCount: count, partition: partition) { progress.advance(to: $0) }
      return device
    }
    progress.end()
    console.result("\(device) took \(Units.bytes(count)) for \(partition), acknowledged")
    console.event(
      "result",
      [
        "status": "done", "device": .string(device), "partition": .string(partition), "bytes": .unsigned(count),
        "verified": "acknowledged",
      ])
  }
}

/// `flashctl mtk agent erase`
struct AgentEraseCommand: AgentCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase", abstract: "Erase a partition that the agent finds itself.")

  @Argument(help: "The partition's name.") var partition: String
  @OptionGroup var consent: ConsentOptions
  @OptionGroup var loader: AgentLoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    try AgentPartition.requireConsent(partition, consent)
    let device = try await run("erase \(partition)", on: console) { [partition] target, device in
      try await target.erase(partition: partition) { _ in }
      return device
    }
    console.result("\(device) erased \(partition)")
    console.event("result", ["status": "done", "device": .string(device), "partition": .string(partition)])
  }
}

/// Partitions by the agent's own names.
enum AgentPartition {
  /// Data of one device need consent here as they do anywhere.
  static func requireConsent(_ name: String, _ consent: ConsentOptions) throws {
    guard consent.allowProtected || !ProtectedPartitions.contains(name) else { throw PlanError.protected([name]) }
  }
}
