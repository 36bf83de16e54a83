import ArgumentParser

/// `flashctl package …`: flashing packages, without a device.
struct PackageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "package", abstract: "Look into flashing packages, apply them to disk images, make installers.",
    subcommands: [
      PackageInspectCommand.self, PackageApplyCommand.self, PackagePatchFilesCommand.self, PackageCreateCommand.self,
    ])
}
