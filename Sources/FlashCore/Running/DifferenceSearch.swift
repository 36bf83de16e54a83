import FlashImages

/// Finds out which parts of an image the device does not hold, asking for as few bytes as possible.
///
/// With digests the size of what is asked for adapts: it doubles where nothing differs, is halved where something did, and
/// what differs is cut to eighths, down to 512 KiB. More than 32 MiB at once would gain nothing: an answer costs a few
/// milliseconds, and all of a range that differs is computed again in parts. An image that cannot be read from anywhere is asked for in pieces of one size, and so
/// is a device that has to be read back.
struct DifferenceSearch {
  static let firstByteCount: UInt64 = 16 << 20
  static let largestByteCount: UInt64 = 32 << 20
  static let smallestByteCount: UInt64 = 512 << 10
  /// For images that are unpacked as they are read.
  static let sequentialByteCount: UInt64 = 8 << 20
  /// For devices that compute no digests.
  static let readByteCount: UInt64 = 4 << 20

  let comparison: StorageComparison
  let image: any ImageSource
  /// What is looked at, in the image.
  let runs: ByteRanges
  let range: StorageRange
  let unit: UInt64
  private let progress: @Sendable (UInt64) -> Void
  private let reader: ImageRangeReader
  private var differing: [Range<UInt64>] = []
  private var done: UInt64 = 0

  init(
    _ comparison: StorageComparison, _ image: any ImageSource, runs: ByteRanges, at range: StorageRange, unit: UInt64,
    progress: @escaping @Sendable (UInt64) -> Void
  ) throws(ImageError) {
    self.comparison = comparison
    self.image = image
    self.runs = runs
    self.range = range
    self.unit = unit
    self.progress = progress
    reader = try ImageRangeReader(image)
  }

  /// Everything that differs, as ranges of the image: whole sectors, but for the image's end.
  mutating func all() async throws -> ByteRanges {
    if comparison.method == .digest, reader.isSeekable {
      for run in runs.ranges { try await walk(run) }
    } else {
      let size = comparison.method == .digest ? Self.sequentialByteCount : Self.readByteCount
      for piece in runs.pieces(ofAtMost: size) where try await !isSame(piece) { differing.append(piece) }
    }
    return ByteRanges(differing)
  }

  /// Everything from the first difference on: what is left to do of a write that was cut off.
  mutating func fromTheFirst() async throws -> ByteRanges {
    let size = comparison.method == .digest ? Self.firstByteCount : Self.readByteCount
    for piece in runs.pieces(ofAtMost: size) where try await !isSame(piece) {
      let first = reader.isSeekable ? try await firstDifference(in: piece) : piece.lowerBound
      return runs.subtracting(ByteRanges([0..<first]))
    }
    return ByteRanges()
  }

  /// Where the difference in `piece` begins, to 512 KiB.
  private mutating func firstDifference(in piece: Range<UInt64>) async throws -> UInt64 {
    var piece = piece
    let leaf = max(Self.smallestByteCount, unit)
    while piece.upperBound - piece.lowerBound > leaf {
      let half = (piece.upperBound - piece.lowerBound) / 2
      let middle = piece.lowerBound + (half + leaf - 1) / leaf * leaf
      guard middle < piece.upperBound else { break }
      let isEarly = try await !isSame(piece.lowerBound..<middle, counts: false)
      piece = isEarly ? piece.lowerBound..<middle : middle..<piece.upperBound
    }
    return piece.lowerBound
  }

  private mutating func walk(_ run: Range<UInt64>) async throws {
    var size = Self.firstByteCount
    var start = run.lowerBound
    while start < run.upperBound {
      let piece = start..<(run.upperBound - start < size ? run.upperBound : start + size)
      if try await isSame(piece) {
        size = min(size * 2, Self.largestByteCount)
      } else {
        try await narrow(piece)
        size = max(size / 2, Self.firstByteCount / 4)
      }
      start = piece.upperBound
    }
  }

  /// Looks where in `piece`, which differs, the difference lies.
  private mutating func narrow(_ piece: Range<UInt64>) async throws {
    let count = piece.upperBound - piece.lowerBound
    let leaf = max(Self.smallestByteCount, unit)
    guard count > leaf else { return differing.append(piece) }
    let child = max(leaf, (count / 8 + leaf - 1) / leaf * leaf)
    var start = piece.lowerBound
    var isFound = false
    while start < piece.upperBound {
      let part = start..<(piece.upperBound - start < child ? piece.upperBound : start + child)
      let isLast = part.upperBound == piece.upperBound
      // When all others are the same, the last one is not.
      if isLast && !isFound {
        try await narrow(part)
      } else if try await !isSame(part, counts: false) {
        isFound = true
        try await narrow(part)
      }
      start = part.upperBound
    }
  }

  private mutating func isSame(_ piece: Range<UInt64>, counts: Bool = true) async throws -> Bool {
    try Task.checkCancellation()
    let isSame = try await comparison.isSame(reader, piece, at: range.sectors(of: piece, unit: unit), unit: unit)
    if counts {
      done += piece.upperBound - piece.lowerBound
      progress(done)
    }
    return isSame
  }
}
