import ArgumentParser
import FlashCore
import FlashImages

/// `flashctl verify`
struct VerifyCommand: DeviceCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Compare a partition or range with a file.",
    discussion: "Nokia Mk II can neither read back nor compute digests; the command says so and exits with 76.")

  @Argument(help: "PART, SECTION/PART, SECTION/START+LENGTH or SECTION.") var region: String
  @Argument(help: "The file it should hold.", completion: .file()) var file: String
  @OptionGroup var options: DeviceOptions
  mutating func validate() throws {
    guard Region(parsing: region) != nil else { throw ValidationError("'\(region)' is no region.") }
  }

  func execute(_ console: Console) async throws {
    guard let region = Region(parsing: region) else { return }
    let image = try FileImageSource(path: file)
    let verified = try await DeviceSession(options, console).run(step: "verify \(region)") { context in
      try await StorageComparison(of: context.target).requireEqual(region, image)
    }
    console.result("\(region) holds \(file), \(verified.words)")
    console.event(
      "result",
      ["status": "done", "region": .string(region.description), "verified": .string(verified.rawValue)])
  }
}
