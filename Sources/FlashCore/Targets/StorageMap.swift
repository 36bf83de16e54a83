/// The sections of a device's storage, as far as it tells.
public struct StorageMap: Equatable, Sendable {
  /// In the device's order.
  public var sections: [StorageSection]

  public init(_ sections: [StorageSection]) { self.sections = sections }

  /// The section of that name or alias.
  public subscript(_ name: String) -> StorageSection? {
    sections.first { $0.name == name } ?? sections.first { $0.aliases.contains(name) }
  }
}

/// One separately addressed piece of storage: a LUN, an eMMC hardware partition, a NAND chip.
public struct StorageSection: Equatable, Sendable {
  public enum Kind: String, Codable, Equatable, Sendable {
    /// Sectors that can be written over in any order: eMMC, UFS, NVMe, SPI-NOR behind a programmer.
    case sectors
    /// Raw flash: erased in blocks, with bad blocks and spare bytes.
    case nand
  }

  /// How plans name it: a LUN or physical partition number, `user`, `boot1`.
  public var name: String
  /// Other names that users may give it: `user`, `boot1` and `boot2` where the name is a number.
  public var aliases: [String]
  public var kind: Kind
  /// `nil` when the device does not tell.
  public var byteCount: UInt64?
  /// The unit of writing, in bytes: a sector or a page.
  public var sectorByteCount: UInt64
  /// Raw flash: bytes of an erase block. `nil` for everything else.
  public var blockByteCount: UInt64?

  public init(
    name: String, aliases: [String] = [], kind: Kind = .sectors, byteCount: UInt64?, sectorByteCount: UInt64
  ) {
    self.name = name
    self.aliases = aliases
    self.kind = kind
    self.byteCount = byteCount
    self.sectorByteCount = max(1, sectorByteCount)
  }

  /// Whether it is the area that only signed requests write: neither looked through for tables nor backed up.
  public var isReplayProtected: Bool { ([name] + aliases).contains { $0.lowercased() == "rpmb" } }

  /// Whole sectors; `nil` when the size is not known.
  public var sectorCount: UInt64? { byteCount.map { $0 / sectorByteCount } }
}
