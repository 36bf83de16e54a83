import ArgumentParser
import FlashCore

/// Which partitions a backup is about.
struct BackupSelectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Only these partitions or sections, comma-separated; may be repeated.", valueName: "labels"))
  var only: [String] = []

  @Option(help: ArgumentHelp("Leave these partitions out, comma-separated; may be repeated.", valueName: "labels"))
  var skip: [String] = []

  var selection: StorageBackup.Selection {
    func words(_ lists: [String]) -> [String] { lists.flatMap { $0.split(separator: ",").map(String.init) } }
    return StorageBackup.Selection(only: words(only), skip: words(skip))
  }
}
