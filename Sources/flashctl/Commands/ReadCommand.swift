import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl read`
struct ReadCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "read", abstract: "Read a partition or range into a file.",
    discussion: "Nokia Mk II devices cannot be read back; the command says so and exits with 76.")

  @OptionGroup var region: RegionOptions

  @Option(
    name: [.customShort("o"), .customLong("output")], help: ArgumentHelp("The file to write.", valueName: "file"),
    completion: .file())
  var file: String

  @OptionGroup var options: DeviceOptions
  func execute(_ console: Console) async throws {
    let region = try region.value()
    let sink = try OutputFile.begin(at: file, replacing: true)
    try await DeviceSession(options, console).run(step: "read \(region)") { context in
      try context.target.require(.read)
      let range = try await context.target.resolve(context.target.resolve(region))
      try await context.target.read(range) { bytes in
        try unsafe bytes.withUnsafeBytes { buffer in try unsafe sink.append(buffer) }
      }
    }
    try sink.commit()
    let count = sink.byteCount
    console.result("read \(region): \(Units.bytes(count)) to \(file)")
    console.event(
      "result",
      ["status": "done", "region": .string(region.description), "bytes": .unsigned(count), "file": .string(file)])
  }
}
