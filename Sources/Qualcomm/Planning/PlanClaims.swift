import FlashCore
import FlashImages

/// What the steps of a plan write where, to find what must not be: overlaps, and partitions that need consent.
struct PlanClaims {
  struct Claim {
    var start: PlanExtent.Start
    var byteCount: UInt64
    var place: PackagePlace

    /// From the section's start, where that is known.
    func range(sectionByteCount: UInt64?) -> Range<UInt64>? {
      switch start {
      case .fromStart(let offset): Self.range(offset, byteCount)
      case .fromEnd(let distance):
        sectionByteCount.flatMap { $0 >= distance ? Self.range($0 - distance, byteCount) : nil }
      case .expression: nil
      }
    }

    private static func range(_ offset: UInt64, _ count: UInt64) -> Range<UInt64>? {
      let (end, overflows) = offset.addingReportingOverflow(count)
      return overflows ? nil : offset..<end
    }
  }

  /// One section of one storage.
  struct Key: Hashable {
    var pass: Int
    var section: String
  }

  private var writes: [Key: [Claim]] = [:]
  private var guarded: [Key: [(claim: Claim, label: String)]] = [:]
  /// Everything that changes the device, erasing too.
  private var changes: [Key: [Claim]] = [:]

  mutating func addWrite(_ claim: Claim, in key: Key) {
    guard claim.byteCount > 0 else { return }
    writes[key, default: []].append(claim)
    changes[key, default: []].append(claim)
  }

  mutating func addErase(_ claim: Claim, in key: Key) { changes[key, default: []].append(claim) }

  mutating func guardPartition(_ label: String, _ claim: Claim, in key: Key) {
    if claim.byteCount > 0 { guarded[key, default: []].append((claim: claim, label: label)) }
  }

  /// The first two writes that touch the same bytes; `sizes` are those of sections in bytes, where they are known.
  func overlap(sizes: (String) -> UInt64?) -> (section: String, first: PackagePlace, second: PackagePlace)? {
    for (key, claims) in writes.sorted(by: { ($0.key.pass, $0.key.section) < ($1.key.pass, $1.key.section) }) {
      let size = sizes(key.section)
      let fromStart = claims.compactMap { claim in claim.range(sectionByteCount: size).map { ($0, claim.place) } }
      // Without the section's size, distances from its end can be compared among each other all the same.
      let fromEnd = size != nil ? [] : claims.compactMap(Self.mirrored)
      for ranges in [fromStart, fromEnd] {
        if let pair = Self.overlap(ranges) { return (key.section, pair.0, pair.1) }
      }
    }
    return nil
  }

  /// Bytes counted on an imaginary section that ends at 2^63.
  private static func mirrored(_ claim: Claim) -> (Range<UInt64>, PackagePlace)? {
    guard case .fromEnd(let distance) = claim.start, distance <= 1 << 63 else { return nil }
    let start = (1 << 63) - distance
    return (start..<start + min(claim.byteCount, distance), claim.place)
  }

  private static func overlap(_ ranges: [(Range<UInt64>, PackagePlace)]) -> (PackagePlace, PackagePlace)? {
    let sorted = ranges.filter { !$0.0.isEmpty }.sorted { $0.0.lowerBound < $1.0.lowerBound }
    guard var last = sorted.first else { return nil }
    for next in sorted.dropFirst() {
      if next.0.lowerBound < last.0.upperBound { return (last.1, next.1) }
      if next.0.upperBound > last.0.upperBound { last = next }
    }
    return nil
  }

  /// Labels of guarded partitions whose bytes something changes.
  func touched(sizes: (String) -> UInt64?) -> [String] { labels(touchedBy: changes, sizes) }

  /// Labels of guarded partitions that something is written to.
  func written(sizes: (String) -> UInt64?) -> [String] { labels(touchedBy: writes, sizes) }

  private func labels(touchedBy claims: [Key: [Claim]], _ sizes: (String) -> UInt64?) -> [String] {
    var labels: [String] = []
    for (key, partitions) in guarded {
      let size = sizes(key.section)
      let ranges = (claims[key] ?? []).compactMap { $0.range(sectionByteCount: size) }
      for (claim, label) in partitions {
        guard let range = claim.range(sectionByteCount: size), !labels.contains(label) else { continue }
        if ranges.contains(where: { $0.overlaps(range) }) { labels.append(label) }
      }
    }
    return labels.sorted()
  }
}
