/// Where an entry lies in its section, or in each of its two.
///
/// Ends of sections are not known without a device, so places count from the start or from the end.
/// Source: `docs/protocols/mtk-scatter.md` 4.
public struct ScatterPlacement: Equatable, Sendable {
  public enum Start: Equatable, Sendable {
    /// Bytes from the section's start.
    case fromStart(UInt64)
    /// Bytes before the section's end.
    case fromEnd(UInt64)
    /// A placeholder whose distance nothing tells.
    case unknown
  }

  public enum Size: Equatable, Sendable {
    case bytes(UInt64)
    /// Up to so many bytes before the section's end.
    case upToEnd(minus: UInt64)
    case unknown
  }

  public var partition: ScatterPartition
  /// From 0, in the layout.
  public var index: Int
  /// Empty where nothing tells the section, or nobody knows the region.
  public var sections: [ScatterSection]
  public var start: Start
  public var size: Size
  /// Whether its size in the file is nominal: it takes the room that is left.
  public var takesRest: Bool

  /// The bytes in a section of that many; `nil` where they are not known, or would lie outside.
  public func range(inSectionOf byteCount: UInt64) -> Range<UInt64>? {
    guard let first = first(inSectionOf: byteCount), let count = self.byteCount(inSectionOf: byteCount) else {
      return nil
    }
    let (end, overflows) = first.addingReportingOverflow(count)
    guard !overflows, end <= byteCount else { return nil }
    return first..<end
  }

  /// The first byte in a section of that many; `nil` where it is not known, or would lie before the section.
  public func first(inSectionOf byteCount: UInt64) -> UInt64? {
    switch start {
    case .fromStart(let offset): offset
    case .fromEnd(let distance): distance <= byteCount ? byteCount - distance : nil
    case .unknown: nil
    }
  }

  /// Bytes in a section of that many.
  public func byteCount(inSectionOf byteCount: UInt64) -> UInt64? {
    switch size {
    case .bytes(let count): return count
    case .upToEnd(let distance):
      guard let first = first(inSectionOf: byteCount), distance <= byteCount, byteCount - distance >= first else {
        return nil
      }
      return byteCount - distance - first
    case .unknown: return nil
    }
  }

  /// Its size where no device is needed to tell.
  public var knownByteCount: UInt64? { if case .bytes(let count) = size { count } else { nil } }
}
