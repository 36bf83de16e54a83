import ArgumentParser
import FlashImages

/// A kind of storage on the command line: `emmc`, `ufs`, `nand`, in any case.
struct ScatterStorageArgument: ExpressibleByArgument, Equatable {
  let storage: ScatterStorage

  init?(argument: String) {
    guard let storage = ScatterStorage(parsing: argument) else { return nil }
    self.storage = storage
  }
}
