/// Bytes of one section, counted from its start: an extent that has been resolved against a real device.
public struct StorageRange: Hashable, Codable, Sendable, CustomStringConvertible {
  /// The section's own name, never an alias.
  public var section: String
  public var bytes: Range<UInt64>

  public init(section: String, bytes: Range<UInt64>) {
    self.section = section
    self.bytes = bytes
  }

  public var byteCount: UInt64 { bytes.upperBound - bytes.lowerBound }

  /// The part of it that begins `range.lowerBound` bytes behind its start, cut off at its end.
  public func part(_ range: Range<UInt64>) -> StorageRange {
    let low = bytes.lowerBound + min(range.lowerBound, byteCount)
    let high = bytes.lowerBound + min(range.upperBound, byteCount)
    return StorageRange(section: section, bytes: low..<max(low, high))
  }

  public func overlaps(_ other: StorageRange) -> Bool { section == other.section && bytes.overlaps(other.bytes) }

  /// `0/0x1000+0x200`.
  public var description: String {
    section + "/0x" + String(bytes.lowerBound, radix: 16) + "+0x" + String(byteCount, radix: 16)
  }
}
