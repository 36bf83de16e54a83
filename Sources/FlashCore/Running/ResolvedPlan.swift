/// A plan with the real places of its steps.
struct ResolvedPlan: Sendable {
  /// What a step works on; `nil` for what works on no bytes.
  struct Place: Equatable, Sendable {
    /// Counts the `configure` steps before: places of different storages never overlap.
    var storage: Int
    var range: StorageRange
    var unit: UInt64
    var kind: StorageSection.Kind
  }

  var plan: FlashPlan
  /// One for each step; empty for a target whose storage is not known.
  var places: [Place?]

  func place(_ index: Int) -> Place? { index < places.count ? places[index] : nil }

  /// Bytes of step `index`, counted from its start, that steps behind it and up to `last` work on as well.
  func overwritten(_ index: Int, upTo last: Int) -> ByteRanges {
    guard let place = place(index), index < last else { return ByteRanges() }
    let ranges = places[(index + 1)...min(last, places.count - 1)].compactMap { other -> Range<UInt64>? in
      guard let other, other.storage == place.storage, other.range.overlaps(place.range) else { return nil }
      let low = max(other.range.bytes.lowerBound, place.range.bytes.lowerBound) - place.range.bytes.lowerBound
      let high = min(other.range.bytes.upperBound, place.range.bytes.upperBound) - place.range.bytes.lowerBound
      return low..<high
    }
    return ByteRanges(ranges)
  }

  /// How the plan's images can be compared with what the device holds, tried where the last of them goes: its storage is
  /// the one that the check has left chosen. `nil` for a plan without images; throws where the device can neither compute
  /// digests nor be read back.
  func comparison(on target: any FlashTarget) async throws -> StorageComparison? {
    guard let place = places.last(where: { ($0?.range.byteCount ?? 0) >= ($0?.unit ?? 1) }) ?? nil else { return nil }
    return try await StorageComparison(of: target, askingAt: place.range)
  }
}
