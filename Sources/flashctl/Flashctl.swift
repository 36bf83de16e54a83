import ArgumentParser

/// The root command: everyday commands first, then files, then what is special.
struct Flashctl: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "flashctl",
    abstract: "Flash and query devices over the protocols of their boot loaders.",
    usage: """
      flashctl <command> [options]
      flashctl flash firmware.fiasco
      """,
    version: Version.current,
    groupedSubcommands: [
      CommandGroup(
        name: "Everyday",
        subcommands: [
          ListCommand.self, InfoCommand.self, FlashCommand.self, WriteCommand.self, ReadCommand.self,
          VerifyCommand.self, EraseCommand.self, PartitionsCommand.self, BackupCommand.self, RestoreCommand.self,
          SlotCommand.self, RebootCommand.self,
          DoctorCommand.self,
        ]),
      CommandGroup(
        name: "Files", subcommands: [ImageCommand.self, PackageCommand.self, ScatterCommand.self, GPTCommand.self]),
      CommandGroup(name: "One family only", subcommands: [MkIICommand.self, MtkCommand.self, QcomCommand.self]),
      CommandGroup(name: "Setup and tests", subcommands: [SimulateCommand.self, UdevRulesCommand.self]),
    ])

  /// The words that lead to a command, `nil` for one that is not in the tree.
  static func path(to command: any ParsableCommand.Type) -> String? {
    func search(_ parent: any ParsableCommand.Type, _ words: [String]) -> [String]? {
      for child in parent.configuration.subcommands + parent.configuration.groupedSubcommands.flatMap(\.subcommands) {
        let path = words + [child.configuration.commandName ?? child._commandName]
        if child == command { return path }
        if let found = search(child, path) { return found }
      }
      return nil
    }
    return search(Flashctl.self, [])?.joined(separator: " ")
  }
}
