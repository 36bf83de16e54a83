/// Why a copy of a partition table is not valid.
public enum GPTDefect: Error, Equatable, Sendable {
  /// The sector where the header belongs lies outside the disk, or the disk ends within it.
  case outside(lba: UInt64)
  case noSignature(lba: UInt64)
  /// The table was made for sectors of another size.
  case otherSectorSize(found: Int)
  case headerSize(UInt32)
  case headerChecksum(stored: UInt32, computed: UInt32)
  /// The header says that it lies elsewhere.
  case wrongLBA(stored: UInt64, expected: UInt64)
  /// More entries than the 1024 that anybody uses.
  case entryCount(UInt32)
  case entrySize(UInt32)
  case arrayOutside(lba: UInt64, sectors: UInt64, total: UInt64)
  case arrayChecksum(stored: UInt32, computed: UInt32)
}

/// Why a table cannot be written as wanted.
public enum GPTEditError: Error, Equatable, Sendable {
  /// Neither copy is valid.
  case noTable(primary: GPTDefect, backup: GPTDefect)
  /// The disk is too small for the table itself.
  case diskTooSmall(sectors: UInt64, needed: UInt64)
  /// Partitions that would lie behind the last usable sector.
  case partitionsDoNotFit([String], lastUsable: UInt64)
  case partitionsOverlap(String, String)
  case nameTooLong(String)
  case tooManyPartitions(Int, limit: Int)
  case noPartition(String)
  /// A range that ends before it begins, or lies outside the usable sectors.
  case badRange(name: String, first: UInt64, last: UInt64)
  /// No pair `<name>_a`, `<name>_b` is there.
  case noSlots
  /// Neither entry of a pair is marked active, or both are.
  case activeSlotUnknown(pair: String)
}
