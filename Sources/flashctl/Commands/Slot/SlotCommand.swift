import ArgumentParser

/// `flashctl slot`
struct SlotCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "slot", abstract: "See or choose which of two sets of partitions a device boots.",
    subcommands: [SlotGetCommand.self, SlotSetCommand.self])
}
