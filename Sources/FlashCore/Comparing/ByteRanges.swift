/// Stretches of bytes in ascending order that neither overlap nor touch.
public struct ByteRanges: Equatable, Sendable {
  public private(set) var ranges: [Range<UInt64>]

  public init(_ ranges: [Range<UInt64>] = []) {
    self.ranges = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) { append(range) }
  }

  public var isEmpty: Bool { ranges.isEmpty }
  public var byteCount: UInt64 { ranges.reduce(0) { $0 + ($1.upperBound - $1.lowerBound) } }

  /// Adds a stretch that begins no earlier than the last one.
  public mutating func append(_ range: Range<UInt64>) {
    guard !range.isEmpty else { return }
    guard let last = ranges.last, last.upperBound >= range.lowerBound else { return ranges.append(range) }
    ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
  }

  /// What is left without the bytes of `other`.
  public func subtracting(_ other: ByteRanges) -> ByteRanges {
    guard !other.isEmpty else { return self }
    var left: [Range<UInt64>] = []
    var index = 0
    for range in ranges {
      var start = range.lowerBound
      while index < other.ranges.count, other.ranges[index].upperBound <= start { index += 1 }
      var next = index
      while next < other.ranges.count, other.ranges[next].lowerBound < range.upperBound {
        let hole = other.ranges[next]
        if hole.lowerBound > start { left.append(start..<hole.lowerBound) }
        start = max(start, hole.upperBound)
        next += 1
      }
      if start < range.upperBound { left.append(start..<range.upperBound) }
    }
    return ByteRanges(left)
  }

  /// The same, grown to multiples of `unit`.
  func wholeUnits(_ unit: UInt64) -> ByteRanges {
    ByteRanges(
      ranges.map { range in
        let rest = range.upperBound % unit
        return
          (range.lowerBound - range.lowerBound % unit)..<(rest == 0 ? range.upperBound : range.upperBound - rest + unit)
      })
  }

  /// Pieces of at most `byteCount` bytes, in order.
  func pieces(ofAtMost byteCount: UInt64) -> [Range<UInt64>] {
    let size = max(1, byteCount)
    return ranges.flatMap { range in
      stride(from: range.lowerBound, to: range.upperBound, by: UInt64.Stride(clamping: size)).map { start in
        start..<(range.upperBound - start < size ? range.upperBound : start + size)
      }
    }
  }
}
