import ArgumentParser

/// `flashctl image …`: firmware files, without a device.
struct ImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "image", abstract: "Look at, check, make and convert image files; inspect loaders.",
    subcommands: [
      ImageInspectCommand.self, ImageVerifyCommand.self, ImageExtractCommand.self, ImageCreateCommand.self,
      ImageRepairCommand.self, ImageConvertCommand.self, ImageSparseCommand.self, ImageUnsparseCommand.self,
      ImageSplitCommand.self, ImageJoinCommand.self,
    ])
}
