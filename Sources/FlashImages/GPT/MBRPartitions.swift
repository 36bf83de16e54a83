import WireFormat

/// The partitions of a disk without a GPT: those of its MBR, and those of the chain of extended records.
///
/// Source: `docs/protocols/android-images.md` 6.1.
public struct MBRPartitions: Equatable, Sendable {
  public struct Partition: Equatable, Sendable {
    /// 1 to 4 for the MBR's own, from 5 on for those of the chain.
    public let number: Int
    public let type: UInt8
    public let isActive: Bool
    public let firstLBA: UInt64
    public let sectorCount: UInt64
  }

  public let partitions: [Partition]
  /// Why the chain ends early, if it does: the sector it leads to lies outside, was visited, or is no record.
  public let brokenAt: UInt64?

  /// Links of the chain that are followed.
  static let maximumLinkCount = 128

  /// Reads sector 0 and the chain; `nil` when sector 0 is no MBR.
  public init?(reading disk: any RandomAccessBytes, sectorByteCount: Int) throws(ImageError) {
    let length = try disk.length()
    let unit = UInt64(max(512, sectorByteCount))
    let boot = try disk.bytes(at: 0, atMost: 512, length: length)
    guard let mbr = MBR(parsing: boot.rawSpan) else { return nil }
    var found: [Partition] = []
    var broken: UInt64?
    for (index, entry) in mbr.entries.enumerated() where entry.isUsed {
      found.append(
        Partition(
          number: index + 1, type: entry.type, isActive: entry.isActive, firstLBA: UInt64(entry.firstLBA),
          sectorCount: UInt64(entry.sectorCount)))
      guard entry.isExtended else { continue }
      let chain = try Self.chain(
        of: disk, base: UInt64(entry.firstLBA), unit: unit, length: length,
        firstNumber: max(5, (found.map(\.number).max() ?? 4) + 1))
      found += chain.partitions
      broken = broken ?? chain.brokenAt
    }
    partitions = found
    brokenAt = broken
  }

  private static func chain(
    of disk: any RandomAccessBytes, base: UInt64, unit: UInt64, length: UInt64, firstNumber: Int
  ) throws(ImageError) -> (partitions: [Partition], brokenAt: UInt64?) {
    var found: [Partition] = []
    var visited: Set<UInt64> = []
    var next: UInt64? = base
    while let sector = next {
      // LBAs of the chain are sums of two 32-bit numbers, so nothing overflows.
      guard visited.count < maximumLinkCount, visited.insert(sector).inserted, sector < length / unit else {
        return (found, sector)
      }
      let bytes = try disk.bytes(at: sector * unit, atMost: 512, length: length)
      guard let record = MBR(parsing: bytes.rawSpan) else { return (found, sector) }
      next = nil
      for entry in record.entries where entry.isUsed {
        if entry.isExtended {
          let link = base + UInt64(entry.firstLBA)
          guard link > sector else { return (found, link) }
          next = next ?? link
        } else {
          found.append(
            Partition(
              number: firstNumber + found.count, type: entry.type, isActive: entry.isActive,
              firstLBA: sector + UInt64(entry.firstLBA), sectorCount: UInt64(entry.sectorCount)))
        }
      }
    }
    return (found, nil)
  }
}
