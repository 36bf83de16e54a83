import WireFormat

/// An Android sparse image: RAW chunks become data, FILL chunks fills, DON'T CARE chunks skips; never expanded in memory.
///
/// Headers are checked as they are met. `SparseCheck` looks at all of them, and at the checksums, before anything is
/// written. Source: `docs/protocols/android-images.md` 2.
public struct SparseImageSource: ImageSource {
  /// How an image is read whose chunks end before it does.
  public enum Mode: Equatable, Sendable, CaseIterable {
    case strict
    /// The rest counts as DON'T CARE.
    case lenient
  }

  public let header: SparseHeader
  public let mode: Mode
  let bytes: any ByteSource

  /// Reads and checks the header.
  public init(_ bytes: any ByteSource, mode: Mode = .strict) throws(ImageError) {
    self.bytes = bytes
    self.mode = mode
    header = try SparseChunkReader(bytes).header
  }

  /// Whether bytes begin with the magic number of a sparse image.
  public static func isSparse(_ bytes: any ByteSource) throws(ImageError) -> Bool {
    let start = try bytes.openBytes().bytes(4)
    return SparseHeader.isSparse(start.rawSpan)
  }

  public var path: String { bytes.path }
  public var byteCount: UInt64? { header.expandedByteCount }

  public func open() throws(ImageError) -> any ImageReader { try SparseImageReader(self) }

  public func openSeekable() throws(ImageError) -> (any SeekableImageReader)? {
    let canSeek = try bytes.openBytes() is any SeekableByteReader
    return canSeek ? try SparseImageReader(self) : nil
  }
}

/// One pass over a sparse image.
@safe final class SparseImageReader: SeekableImageReader {
  private let source: SparseImageSource
  private nonisolated(unsafe) var chunks: SparseChunkReader
  /// Where the next extent begins, in the expanded image.
  private nonisolated(unsafe) var offset: UInt64 = 0
  /// What `seek` found in the middle of a chunk.
  private nonisolated(unsafe) var rest: ImageExtent?

  init(_ source: SparseImageSource) throws(ImageError) {
    self.source = source
    unsafe chunks = try SparseChunkReader(source.bytes)
  }

  func next() throws(ImageError) -> ImageExtent? {
    var extent = unsafe rest
    if extent == nil { extent = try following() }
    unsafe rest = nil
    unsafe offset += extent?.length ?? 0
    return extent
  }

  private func following() throws(ImageError) -> ImageExtent? {
    while let chunk = unsafe try chunks.next() {
      let length = UInt64(chunk.header.blockCount) * UInt64(source.header.blockByteCount)
      switch chunk.header.kind {
      case _ where length == 0 || chunk.header.kind == .crc32: continue
      case .raw: return .data(length: length)
      case .fill: return .fill(FillPattern(littleEndian: chunk.word), length: length)
      case .dontCare, .crc32: return .skip(length: length)
      }
    }
    let total = source.header.expandedByteCount
    guard unsafe offset < total else { return nil }
    guard source.mode == .lenient else {
      throw unsafe .sparse(
        path: source.path, offset: chunks.position,
        .tooFewBlocks(chunks.block, expected: source.header.blockCount))
    }
    return unsafe .skip(length: total - offset)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    unsafe try chunks.read(into: buffer)
  }

  /// Walks over chunk headers, from where it is or from the first one.
  func seek(to target: UInt64) throws(ImageError) {
    if unsafe target < offset || rest != nil {
      unsafe chunks = try SparseChunkReader(source.bytes)
      unsafe offset = 0
      unsafe rest = nil
    }
    while unsafe offset < target, let extent = try following() {
      let inside = unsafe target - offset
      guard inside < extent.length else {
        unsafe offset += extent.length
        continue
      }
      if case .data = extent { unsafe try chunks.pass(inside) }
      unsafe offset = target
      unsafe rest = extent.dropping(inside)
      return
    }
  }
}
