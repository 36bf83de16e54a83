public import FlashImages

/// Which of its two sets of partitions a device boots, in its partition tables.
///
/// Source: `docs/protocols/firehose.md` 10, `docs/protocols/android-images.md` 5.7.
public struct SlotControl: Sendable {
  private let target: any FlashTarget
  private var tables: PartitionTables
  public private(set) var slots: GPTSlots

  /// Reads the tables of all sections.
  public init(_ target: any FlashTarget) async throws {
    self.target = target
    tables = try await PartitionTables(reading: target)
    slots = GPTSlots(tables.tables.map(\.disk.table))
  }

  /// The slot that boots; `nil` when the tables do not say, or nothing is slotted.
  public var current: GPTSlots.Slot? { slots.current }

  /// The section that the boot loader of a slot is in, where the two have one each.
  private func bootSection(_ slot: GPTSlots.Slot) -> String? {
    guard let pair = slots.pairs.first(where: { $0.name == "xbl" }), pair.a.table != pair.b.table else { return nil }
    return tables.tables[(slot == .a ? pair.a : pair.b).table].section.name
  }

  /// What is written to one section when the slot changes, in order.
  public struct Change: Equatable, Sendable {
    public var section: StorageSection
    public var writes: [GPTWrite]
  }

  /// What has to be written so that a slot is the one that boots; nothing is. Throws `GPTEditError`.
  public func changes(
    to slot: GPTSlots.Slot, style: GPTSlots.Style = .system, assumingA: Bool = false
  ) throws -> [Change] {
    var slots = slots
    let changed = try slots.activate(slot, style: style, assumingA: assumingA)
    return try slots.writingOrder(changed, to: slot).map { number in
      let table = tables.tables[number]
      return Change(
        section: table.section, writes: try slots.tables[number].layout(sectorCount: table.disk.sectorCount))
    }
  }

  /// The section that the device is told to boot from along with the slot; `nil` where it need not be told.
  ///
  /// Throws `UnsupportedOperation` where it would have to be told and cannot.
  public func bootSection(of slot: GPTSlots.Slot) throws(UnsupportedOperation) -> String? {
    guard let section = bootSection(slot) else { return nil }
    try target.require(.makeBootable)
    return section
  }

  /// Makes a slot the one that boots, and reads back what was written.
  ///
  /// Each table is written copy by copy, the backup first, so that one copy is whole at any time; where it is cut off,
  /// doing it again finishes it. Returns the sections
  /// whose tables changed. Throws `GPTEditError` before anything is written, `ContentDiffers` after.
  public mutating func activate(
    _ slot: GPTSlots.Slot, style: GPTSlots.Style = .system, assumingA: Bool = false
  ) async throws -> [String] {
    try target.require(.write)
    let section = try bootSection(of: slot)
    let changes = try changes(to: slot, style: style, assumingA: assumingA)
    _ = try slots.activate(slot, style: style, assumingA: assumingA)
    for change in changes {
      for write in change.writes { try await store(write, in: change.section) }
    }
    if let section { try await target.makeBootable(section: section) }
    return changes.map(\.section.name)
  }

  private func store(_ write: GPTWrite, in section: StorageSection) async throws {
    let start = write.lba * section.sectorByteCount
    let range = StorageRange(section: section.name, bytes: start..<start + UInt64(write.bytes.count))
    try await target.write(try RandomAccessImageSource(MemoryBytes(write.bytes)), to: range) { _ in }
    guard try await target.bytes(of: range) == write.bytes else {
      throw ContentDiffers(name: write.part.rawValue, range: range, found: .readback)
    }
  }
}
