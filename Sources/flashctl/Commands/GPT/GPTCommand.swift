import ArgumentParser
import FlashImages

/// `flashctl gpt …`: partition tables of disk images, storage files and devices.
struct GPTCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gpt", abstract: "Look at, check, make, save and mend GUID partition tables.",
    subcommands: [
      GPTShowCommand.self, GPTCheckCommand.self, GPTCreateCommand.self, GPTBackupCommand.self, GPTRestoreCommand.self,
      GPTRepairCommand.self, GPTGrowCommand.self,
    ])
}
