import WireFormat

/// A master boot record: four entries, and the signature at the end of the first 512 bytes.
///
/// Source: `docs/protocols/android-images.md` 6.
public struct MBR: Equatable, Sendable {
  public struct Entry: Equatable, Sendable {
    public let isActive: Bool
    /// 0x00 empty, 0x05, 0x0F or 0x85 extended, 0xEE protective.
    public let type: UInt8
    public let firstLBA: UInt32
    public let sectorCount: UInt32

    public var isExtended: Bool { [0x05, 0x0F, 0x85].contains(type) }
    public var isProtective: Bool { type == 0xEE }
    public var isUsed: Bool { type != 0 && sectorCount > 0 }
  }

  public let entries: [Entry]

  /// `nil` when the signature is not there.
  public init?(parsing sector: RawSpan) {
    guard (try? sector.load(littleEndian: UInt16.self, at: 510)) == 0xAA55 else { return nil }
    entries = (0..<4).compactMap { index in
      let offset = 446 + 16 * index
      guard let status = try? sector.byte(at: offset), let type = try? sector.byte(at: offset + 4),
        let first = try? sector.load(littleEndian: UInt32.self, at: offset + 8),
        let count = try? sector.load(littleEndian: UInt32.self, at: offset + 12)
      else { return nil }
      return Entry(isActive: status & 0x80 != 0, type: type, firstLBA: first, sectorCount: count)
    }
  }

  public var isProtective: Bool { entries.contains(where: \.isProtective) }
  /// A protective entry beside real ones: the GPT wins.
  public var isHybrid: Bool { isProtective && entries.contains { $0.isUsed && !$0.isProtective } }

  /// The first 512 bytes of a disk whose partitions are in a GPT.
  public static func protective(sectorCount: UInt64) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 446)
    bytes += [0x00, 0x00, 0x02, 0x00, 0xEE, 0xFF, 0xFF, 0xFF, 0x01, 0x00, 0x00, 0x00]
    bytes.append(littleEndian: UInt32(clamping: sectorCount == 0 ? 0 : sectorCount - 1))
    bytes += [UInt8](repeating: 0, count: 48)
    bytes += [0x55, 0xAA]
    return bytes
  }
}
