import Digests
import FlashImages
import Glibc

/// Reads ranges of an image again and again: at once where the image can be read from anywhere, from its start where
/// that is the only way back. Used by one task at a time.
@safe final class ImageRangeReader: Sendable {
  private let image: any ImageSource
  private let seekable: (any SeekableImageReader)?
  private nonisolated(unsafe) var stream: ImageStream?
  /// Where `stream` is.
  private nonisolated(unsafe) var position: UInt64 = 0
  private nonisolated(unsafe) let buffer: UnsafeMutableRawBufferPointer

  /// What a processor keeps close by: a digest reads each piece again.
  static let pieceByteCount = 256 << 10

  init(_ image: any ImageSource) throws(ImageError) {
    self.image = image
    seekable = try image.openSeekable()
    unsafe buffer = .allocate(byteCount: Self.pieceByteCount, alignment: 4096)
  }

  deinit { unsafe buffer.deallocate() }

  /// Whether going back costs nothing.
  var isSeekable: Bool { seekable != nil }

  /// Goes to a place in the image.
  func seek(to offset: UInt64) throws(ImageError) {
    if let seekable {
      try seekable.seek(to: offset)
      unsafe stream = ImageStream(continuing: seekable)
      unsafe position = offset
      return
    }
    if unsafe stream == nil || offset < position {
      unsafe stream = try ImageStream(image)
      unsafe position = 0
    }
    while unsafe position < offset {
      if Task.isCancelled { throw .cancelled }
      guard try unsafe piece(offset - position).count > 0 else { return }
    }
  }

  /// The next bytes, at most `count` and `pieceByteCount`; empty at the image's end. They count until the next call.
  private func piece(_ count: UInt64) throws(ImageError) -> UnsafeRawBufferPointer {
    let wanted = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<Int(min(count, UInt64(Self.pieceByteCount)))])
    let filled = unsafe try stream?.read(into: wanted) ?? 0
    unsafe position += UInt64(filled)
    return unsafe UnsafeRawBufferPointer(rebasing: wanted[..<filled])
  }

  /// SHA-256 of a range, filled up with zeros to `multiple` bytes.
  func digest(of range: Range<UInt64>, paddedTo multiple: UInt64) throws(ImageError) -> [UInt8] {
    try seek(to: range.lowerBound)
    var digest = SHA256Digest()
    var left = range.upperBound - range.lowerBound
    while left > 0 {
      if Task.isCancelled { throw .cancelled }
      let piece = unsafe try piece(left)
      guard piece.count > 0 else {
        throw .shortRead(path: "image", offset: range.upperBound - left, expected: left)
      }
      unsafe digest.update(piece)
      left -= UInt64(piece.count)
    }
    let rest = (range.upperBound - range.lowerBound) % multiple
    if rest > 0 {
      let padding = [UInt8](repeating: 0, count: Int(multiple - rest))
      unsafe padding.withUnsafeBytes { unsafe digest.update($0) }
    }
    return digest.bytes()
  }

  /// The offset of the first of `bytes` that is another than the image's from here on, zeros behind its end.
  func firstDifference(from bytes: RawSpan) throws(ImageError) -> Int? {
    var done = 0
    while done < bytes.byteCount {
      var expected = unsafe try piece(UInt64(bytes.byteCount - done))
      if expected.count == 0 {
        let zeros = unsafe UnsafeMutableRawBufferPointer(
          rebasing: buffer[..<min(Self.pieceByteCount, bytes.byteCount - done)])
        unsafe zeros.initializeMemory(as: UInt8.self, repeating: 0)
        unsafe expected = UnsafeRawBufferPointer(zeros)
      }
      let count = expected.count
      let difference = unsafe bytes.extracting(done..<done + count).withUnsafeBytes { found in
        unsafe Self.firstDifference(expected, found)
      }
      if let difference { return done + difference }
      done += count
    }
    return nil
  }

  private static func firstDifference(_ one: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Int? {
    guard let first = one.baseAddress, let second = other.baseAddress,
      unsafe memcmp(first, second, min(one.count, other.count)) != 0
    else { return nil }
    return unsafe zip(one, other).enumerated().first { $0.element.0 != $0.element.1 }?.offset
  }
}
