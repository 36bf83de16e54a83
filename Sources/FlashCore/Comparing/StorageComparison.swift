public import FlashImages
import Synchronization

/// Compares images with what a device holds: by the device's digests where it computes them, else by reading back.
public struct StorageComparison: Sendable {
  /// Bytes that one digest covers at most: the device answers within its limits, and progress is seen.
  static let digestByteCount: UInt64 = 256 << 20
  /// Bytes read before the difference is looked at.
  static let readByteCount: UInt64 = 32 << 20

  private let target: any FlashTarget
  /// How it compares.
  public private(set) var method: Verification

  /// Throws `UnsupportedOperation` where the device can neither compute digests nor be read back.
  public init(of target: any FlashTarget) throws(UnsupportedOperation) {
    self.target = target
    if target.capabilities.contains(.digest) {
      method = .digest
    } else if target.capabilities.contains(.read) {
      method = .readback
    } else {
      throw target.unsupported(.verify)
    }
  }

  /// The same, having asked for the digest of one sector at `range`: some devices list the request and refuse it. They are
  /// read back then.
  public init(of target: any FlashTarget, askingAt range: StorageRange) async throws {
    try self.init(of: target)
    guard method == .digest else { return }
    let unit = try await target.section(range.section).sectorByteCount
    guard range.byteCount >= unit else { return }
    do { _ = try await target.digest(of: range.part(0..<unit)) } catch {
      // Whatever else went wrong, the next request will say.
      try Task.checkCancellation()
      guard target.capabilities.contains(.read) else { throw target.unsupported(.verify) }
      method = .readback
    }
  }

  /// Compares all that an image writes with a region; the rest of the region does not count.
  ///
  /// Throws `ContentDiffers` with the first difference, `StorageError` when the image does not fit.
  @discardableResult
  public func requireEqual(
    _ region: Region, _ image: any ImageSource, progress: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) async throws -> Verification {
    let extent = try await target.resolve(region)
    let range = try await target.resolve(extent)
    let comparison = try await StorageComparison(of: target, askingAt: range)
    try await comparison.requireEqual(image, at: range, name: region.description, progress: progress)
    return comparison.method
  }

  /// The same for a range that has been resolved: all that the image writes, or `runs` of it, without the sectors that
  /// `exceptions` touch. Both count from the image's start.
  public func requireEqual(
    _ image: any ImageSource, only runs: ByteRanges? = nil, at range: StorageRange,
    except exceptions: ByteRanges = ByteRanges(), name: String,
    progress: @escaping @Sendable (UInt64) -> Void = { _ in }
  ) async throws {
    let unit = try await target.section(range.section).sectorByteCount
    let written = try runs ?? ImageRuns.ranges(of: image, sectorByteCount: unit)
    let runs = written.subtracting(exceptions.wholeUnits(unit))
    if let last = runs.ranges.last, last.upperBound > range.byteCount {
      throw StorageError.outside(
        PlanExtent(section: range.section, start: .fromStart(range.bytes.lowerBound), length: last.upperBound),
        sectionByteCount: range.byteCount)
    }
    guard let difference = try await firstDifference(image, runs, at: range, unit: unit, progress: progress) else {
      return
    }
    throw ContentDiffers(name: name, range: difference, found: method)
  }

  /// The first stretch of `runs` that differs, or `nil`.
  func firstDifference(
    _ image: any ImageSource, _ runs: ByteRanges, at range: StorageRange, unit: UInt64,
    progress: @escaping @Sendable (UInt64) -> Void
  ) async throws -> StorageRange? {
    let reader = try ImageRangeReader(image)
    var done: UInt64 = 0
    for piece in runs.pieces(ofAtMost: method == .digest ? Self.digestByteCount : Self.readByteCount) {
      try Task.checkCancellation()
      let place = range.sectors(of: piece, unit: unit)
      if method == .digest {
        guard try await hasSameDigest(reader, piece, at: place, unit: unit) else {
          return range.sectors(of: try await narrowed(piece, reader, at: range, unit: unit), unit: unit)
        }
      } else if let offset = try await differingByte(reader, piece, at: place) {
        return StorageRange(section: place.section, bytes: offset..<offset + 1)
      }
      done += piece.upperBound - piece.lowerBound
      progress(done)
    }
    return nil
  }

  /// Whether `place` holds the image's bytes of `piece`.
  func isSame(
    _ reader: ImageRangeReader, _ piece: Range<UInt64>, at place: StorageRange, unit: UInt64
  ) async throws -> Bool {
    guard method == .digest else { return try await differingByte(reader, piece, at: place) == nil }
    return try await hasSameDigest(reader, piece, at: place, unit: unit)
  }

  /// Both sides compute at the same time.
  private func hasSameDigest(
    _ reader: ImageRangeReader, _ piece: Range<UInt64>, at place: StorageRange, unit: UInt64
  ) async throws -> Bool {
    async let local = reader.digest(of: piece, paddedTo: unit)
    let remote = try await target.digest(of: place)
    return try await local == remote
  }

  private func differingByte(
    _ reader: ImageRangeReader, _ piece: Range<UInt64>, at place: StorageRange
  ) async throws -> UInt64? {
    try reader.seek(to: piece.lowerBound)
    let state = Mutex<(read: UInt64, difference: UInt64?)>((0, nil))
    try await target.read(place) { span in
      let (start, isOver) = state.withLock { ($0.read, $0.difference != nil) }
      // A reader at the image's end expects the zeros that fill up the last sector.
      let difference = isOver ? nil : try reader.firstDifference(from: span).map { start + UInt64($0) }
      state.withLock { state in
        state.read += UInt64(span.byteCount)
        state.difference = state.difference ?? difference
      }
    }
    let (read, difference) = state.withLock { $0 }
    guard read == place.byteCount else {
      throw ImageError.shortRead(path: place.description, offset: 0, expected: place.byteCount)
    }
    return difference.map { place.bytes.lowerBound + $0 }
  }
}

extension StorageRange {
  /// The whole sectors that `piece`, counted from this range's start, is stored in.
  func sectors(of piece: Range<UInt64>, unit: UInt64) -> StorageRange {
    let rest = piece.upperBound % unit
    let end = piece.upperBound + (rest == 0 ? 0 : unit - rest)
    return part(piece.lowerBound..<end)
  }
}
