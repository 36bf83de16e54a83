import ArgumentParser

/// `flashctl image …`: firmware files, without a device.
struct ImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Inspect firmware files and loaders; check, unpack, make and repair FIASCO files.",
    subcommands: [
      ImageInspectCommand.self, ImageVerifyCommand.self, ImageExtractCommand.self, ImageCreateCommand.self,
      ImageRepairCommand.self,
    ])
}
