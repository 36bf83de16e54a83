import ArgumentParser
import FlashCore

/// A number of bytes on the command line: decimal or `0x`, with a suffix `K`, `M` or `G` (powers of 1024).
struct ByteCountArgument: ExpressibleByArgument, Equatable {
  let byteCount: UInt64

  init?(argument: String) {
    guard case .bytes(let count)? = Region.Quantity(parsing: argument) else { return nil }
    byteCount = count
  }
}
