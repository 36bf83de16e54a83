/// What a device says of itself, as far as the safety rules ask: pure facts, from whatever agent.
public struct ScatterDevice: Equatable, Sendable {
  /// A partition of the device's table, in the section that holds most.
  public struct Partition: Equatable, Sendable {
    public var name: String
    /// Bytes from the section's start.
    public var start: UInt64
    public var byteCount: UInt64

    public init(name: String, start: UInt64, byteCount: UInt64) {
      self.name = name
      self.start = start
      self.byteCount = byteCount
    }

    public var range: Range<UInt64> { start..<start.addingClamped(byteCount) }
  }

  public var storage: ScatterStorage
  /// Sizes in bytes.
  public var sections: [ScatterSection: UInt64]
  public var sectorByteCount: UInt64
  /// The digits of the chip, `6765`; `nil` where nobody knows them.
  public var chip: String?
  /// `nil` where there is no table, or none that can be read.
  public var table: [Partition]?
  /// Whether one of the table's copies, or the protective MBR, is not what it should be.
  public var isTableDamaged = false

  public init(
    storage: ScatterStorage, sections: [ScatterSection: UInt64], sectorByteCount: UInt64, chip: String? = nil,
    table: [Partition]? = nil
  ) {
    self.storage = storage
    self.sections = sections
    self.sectorByteCount = sectorByteCount
    self.chip = chip
    self.table = table
  }

  /// Bytes of the section that holds most; `nil` where the device does not say.
  public var userByteCount: UInt64? { sections[storage.userSection] }

  /// The partition of that name: exactly, else without regard to case.
  public func partition(named name: String) -> Partition? {
    let table = table ?? []
    return table.first { $0.name == name } ?? table.first { $0.name.lowercased() == name.lowercased() }
  }
}
