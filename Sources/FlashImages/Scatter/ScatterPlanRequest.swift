/// What a user wants of a flash job.
public struct ScatterPlanRequest: Equatable, Sendable {
  public var mode: ScatterMode
  /// Names of the only entries to write; `nil` for those that the file ticks.
  public var only: Set<String>?
  public var skip: Set<String> = []
  /// Entries that the user gave a file of his own for: they are selected.
  public var replaced: Set<String> = []
  /// Further partitions that a firmware upgrade keeps.
  public var keep: Set<String> = []
  /// Writes where the device's table says, whether it is the file's or not (`download-only`).
  public var followsDeviceTable = false
  /// Writes what only this device has from files.
  public var allowsProtected = false
  /// Erases what only this device has.
  public var erasesIdentity = false
  /// Erases the boot sections too (`format-all`).
  public var includesBoot = false
  /// Erases the reserved end of the storage too.
  public var erasesWholeChip = false
  /// Goes on when the device's chip is another one than the file's.
  public var forcesPlatform = false
  /// Writes boot loaders that begin as none.
  public var allowsAnyLoader = false
  /// Goes on when entries that are written overlap.
  public var allowsOverlap = false

  public init(_ mode: ScatterMode) { self.mode = mode }
}

/// What modes do with partitions that only one device has.
///
/// Source: `docs/protocols/mtk-scatter.md` 7.4.
enum ScatterProtection {
  /// By name, whatever the file says about them.
  private static let names: Set<String> = [
    "nvram", "nvdata", "nvcfg", "proinfo", "pro_info", "protect1", "protect2", "protect_f", "protect_s", "persist",
    "seccfg", "nvbak", "persistent",
  ]

  static func isProtected(_ partition: ScatterPartition) -> Bool {
    switch partition.operation.effective(hasFile: partition.fileName != nil) {
    case .protected, .binRegion: return true
    default: return isProtected(name: partition.name)
    }
  }

  static func isProtected(name: String) -> Bool {
    let lower = name.lowercased()
    let base = lower.hasSuffix("_a") || lower.hasSuffix("_b") ? String(lower.dropLast(2)) : lower
    return names.contains(lower) || names.contains(base)
  }
}
