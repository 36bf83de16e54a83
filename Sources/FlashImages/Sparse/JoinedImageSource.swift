/// The union of several sparse images that are pieces of one: what none of them holds is skipped.
///
/// Pieces may come in any order. Where two hold the same place they have to hold the same bytes. Source:
/// `docs/protocols/android-images.md` 2.6.
public struct JoinedImageSource: ImageSource {
  private let pieces: [SparseImageSource]
  private let runs: [JoinedRun]
  private let length: UInt64

  /// Runs of data and fills that can be put in order; a limit for the memory they take.
  static let maximumRunCount = 1 << 20

  /// Looks through the headers of all pieces, and compares where they overlap.
  public init(_ pieces: [SparseImageSource]) throws(ImageError) {
    self.pieces = pieces
    length = pieces.reduce(0) { max($0, $1.header.expandedByteCount) }
    runs = try Self.runs(of: pieces)
  }

  public var byteCount: UInt64? { length }

  /// Bytes of a block, the same in all pieces; `nil` without pieces.
  public var blockByteCount: UInt32? { pieces.first?.header.blockByteCount }

  public func open() throws(ImageError) -> any ImageReader {
    var readers: [any SeekableImageReader] = []
    for piece in pieces { readers.append(try Self.seekable(piece)) }
    return JoinedImageReader(readers: readers, runs: runs, length: length)
  }

  private static func seekable(_ piece: SparseImageSource) throws(ImageError) -> any SeekableImageReader {
    guard let reader = try piece.openSeekable() else { throw .notSeekable(path: piece.path) }
    return reader
  }

  private static func runs(of pieces: [SparseImageSource]) throws(ImageError) -> [JoinedRun] {
    var all: [JoinedRun] = []
    for (index, piece) in pieces.enumerated() {
      if let expected = pieces.first?.header.blockByteCount, expected != piece.header.blockByteCount {
        throw .sparse(
          path: piece.path, offset: 12, .differentBlockSize(piece.header.blockByteCount, expected: expected))
      }
      let reader = try seekable(piece)
      var offset: UInt64 = 0
      while let extent = try reader.next() {
        if Task.isCancelled { throw .cancelled }
        if !extent.isSkip { all.append(JoinedRun(piece: index, offset: offset, extent: extent)) }
        offset += extent.length
        guard all.count <= maximumRunCount else {
          throw .sparse(path: piece.path, offset: 20, .tooManyRuns(limit: maximumRunCount))
        }
      }
    }
    all.sort { ($0.offset, $0.piece) < ($1.offset, $1.piece) }
    return try withoutOverlaps(all, pieces)
  }

  /// Cuts what earlier runs hold already off later ones, having compared the bytes.
  private static func withoutOverlaps(
    _ sorted: [JoinedRun], _ pieces: [SparseImageSource]
  ) throws(ImageError) -> [JoinedRun] {
    var kept: [JoinedRun] = []
    for run in sorted {
      var run = run
      // Kept runs do not overlap each other, so only the last ones can reach over this one's start.
      var index = kept.count
      while index > 0, kept[index - 1].end > run.offset {
        index -= 1
        let common = max(run.offset, kept[index].offset)..<min(run.end, kept[index].end)
        if !common.isEmpty { try compare(common, pieces[kept[index].piece], pieces[run.piece]) }
      }
      if let last = kept.last, last.end > run.offset {
        guard run.end > last.end else { continue }
        let cut = last.end - run.offset
        run = JoinedRun(piece: run.piece, offset: last.end, extent: run.extent.dropping(cut))
      }
      kept.append(run)
    }
    return kept
  }

  private static func compare(
    _ range: Range<UInt64>, _ one: SparseImageSource, _ other: SparseImageSource
  ) throws(ImageError) {
    let readers = (try seekable(one), try seekable(other))
    try readers.0.seek(to: range.lowerBound)
    try readers.1.seek(to: range.lowerBound)
    let streams = (ImageStream(continuing: readers.0), ImageStream(continuing: readers.1))
    let buffers = (CopyBuffer(), CopyBuffer())
    var offset = range.lowerBound
    while offset < range.upperBound {
      if Task.isCancelled { throw .cancelled }
      let (left, right) = unsafe (
        buffers.0.prefix(range.upperBound - offset), buffers.1.prefix(range.upperBound - offset)
      )
      let counts = unsafe (try streams.0.read(into: left), try streams.1.read(into: right))
      guard counts.0 == left.count, counts.1 == right.count, unsafe left.elementsEqual(right) else {
        throw .sparse(path: other.path, offset: 0, .overlappingPieces(other: one.path, imageOffset: offset))
      }
      offset += UInt64(left.count)
    }
  }
}

/// Data or a fill of one piece, at its place in the whole.
struct JoinedRun: Equatable, Sendable {
  var piece: Int
  var offset: UInt64
  var extent: ImageExtent

  var end: UInt64 { offset + extent.length }
}

/// One pass over a `JoinedImageSource`.
@safe private final class JoinedImageReader: ImageReader {
  private let readers: [any SeekableImageReader]
  private let runs: [JoinedRun]
  private let length: UInt64
  private nonisolated(unsafe) var index = 0
  private nonisolated(unsafe) var offset: UInt64 = 0
  private nonisolated(unsafe) var current: (any SeekableImageReader)?

  init(readers: [any SeekableImageReader], runs: [JoinedRun], length: UInt64) {
    self.readers = readers
    self.runs = runs
    self.length = length
  }

  func next() throws(ImageError) -> ImageExtent? {
    guard unsafe index < runs.count else {
      guard unsafe offset < length else { return nil }
      defer { unsafe offset = length }
      return unsafe .skip(length: length - offset)
    }
    let run = unsafe runs[index]
    guard unsafe run.offset <= offset else {
      defer { unsafe offset = run.offset }
      return unsafe .skip(length: run.offset - offset)
    }
    unsafe index += 1
    unsafe offset = run.end
    if case .data = run.extent {
      let reader = readers[run.piece]
      try reader.seek(to: run.offset)
      _ = try reader.next()
      unsafe current = reader
    }
    return run.extent
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    unsafe try current?.read(into: buffer)
  }
}
