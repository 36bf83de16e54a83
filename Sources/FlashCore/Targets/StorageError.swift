public import FlashImages

/// Why a place in the storage could not be found, or a plan does not fit the device. Found before anything is written.
public enum StorageError: Error, Equatable, Sendable {
  /// The device has no section of that name; `known` are the names it has.
  case noSection(String, known: [String])
  /// No partition of that name.
  case noPartition(String)
  /// Several sections have a partition of that name.
  case ambiguousPartition(String, sections: [String])
  /// The extent reaches beyond the section, or lies before its start.
  case outside(PlanExtent, sectionByteCount: UInt64)
  /// Nobody knows how large the section is, and the extent counts from its end or reaches up to it.
  case sizeUnknown(PlanExtent)
  /// Start or length is no multiple of the sector.
  case unaligned(PlanExtent, sectorByteCount: UInt64)
  /// The start is no expression that has a value on this device.
  case expression(String, DiskExpressionError)
  /// A patch of fewer than 1 or more than 8 bytes, or one whose value is no expression.
  case invalidPatch(section: String, value: String)
}
