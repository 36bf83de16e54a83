/// Why a plan was refused, or cannot go on, before anything of it was written.
public enum PlanError: Error, Equatable, Sendable {
  /// An image is larger than the place it is meant for.
  case doesNotFit(name: String, byteCount: UInt64, room: UInt64)
  /// The descriptor counts in sectors of another size than the device's.
  case otherSectorSize(name: String, section: String, planned: UInt64, sectorByteCount: UInt64)
  /// Two steps are about the same bytes, so that the order alone decides what stays.
  case overlap(first: String, second: String, at: StorageRange)
  /// Partitions with data that only this one device has.
  case protected([String])
  /// Partitions or images that a boot ROM may burn into fuses.
  case fusing([String])
  /// A file's SHA-256 is another than its descriptor says.
  case fileDigest(file: String, expected: String, found: String)
  /// A backup is from a storage that was divided differently; `sectors` is `nil` when the device does not tell.
  case otherStorage(
    section: String, savedSectors: UInt64, savedSectorByteCount: UInt64, sectors: UInt64?, sectorByteCount: UInt64)
  /// The same plan was begun on this device and not finished: so many steps of all are done.
  case unfinished(journal: String, finished: Int, steps: Int)
}
