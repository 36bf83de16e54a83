import FlashImages

/// Finding out where in a long stretch that a digest covers the difference lies.
extension StorageComparison {
  /// From the first sector that differs to the last one, of a `piece` of the image that is known to differ; both are
  /// looked for by halves, which costs about two more digests of the whole piece. An image that has to be unpacked from
  /// its start for each of them is left at the piece.
  func narrowed(
    _ piece: Range<UInt64>, _ reader: ImageRangeReader, at range: StorageRange, unit: UInt64
  ) async throws -> Range<UInt64> {
    guard reader.isSeekable, piece.lowerBound % unit == 0 else { return piece }
    let first = try await edge(of: piece, reader, at: range, unit: unit, isFirst: true)
    let rest = first.lowerBound..<piece.upperBound
    let last = try await edge(of: rest, reader, at: range, unit: unit, isFirst: false)
    return first.lowerBound..<last.upperBound
  }

  /// The first or the last sector that differs.
  private func edge(
    of piece: Range<UInt64>, _ reader: ImageRangeReader, at range: StorageRange, unit: UInt64, isFirst: Bool
  ) async throws -> Range<UInt64> {
    var piece = piece
    while piece.upperBound - piece.lowerBound > unit {
      try Task.checkCancellation()
      let sectors = (piece.upperBound - piece.lowerBound + unit - 1) / unit
      let middle = piece.lowerBound + sectors / 2 * unit
      let (near, far) =
        isFirst
        ? (piece.lowerBound..<middle, middle..<piece.upperBound)
        : (middle..<piece.upperBound, piece.lowerBound..<middle)
      let isNear = try await !isSame(reader, near, at: range.sectors(of: near, unit: unit), unit: unit)
      piece = isNear ? near : far
    }
    return piece
  }
}
