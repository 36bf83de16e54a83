import Glibc

/// Appends bytes to a file and leaves holes where they are zero, so that a device that is mostly empty makes small files.
///
/// Blocks of 64 KiB count as a whole. Used by one task at a time.
public final class HoleWriter: Sendable {
  static let blockByteCount = 64 << 10

  private let file: OutputFile

  public init(_ file: OutputFile) { self.file = file }

  /// Appends a buffer of any length.
  public func append(_ buffer: UnsafeRawBufferPointer) throws(ImageError) {
    var done = 0
    while done < buffer.count {
      // Up to the next multiple in the file, whatever pieces the bytes come in.
      let room = Self.blockByteCount - Int(file.byteCount % UInt64(Self.blockByteCount))
      let block = unsafe UnsafeRawBufferPointer(rebasing: buffer[done..<min(buffer.count, done + room)])
      if unsafe Self.isZero(block) {
        try file.skip(UInt64(block.count))
      } else {
        unsafe try file.append(block)
      }
      done += block.count
    }
  }

  /// Compares the block with itself one byte on.
  private static func isZero(_ block: UnsafeRawBufferPointer) -> Bool {
    guard let start = block.baseAddress, unsafe block[0] == 0 else { return unsafe block.isEmpty }
    return unsafe memcmp(start, start.advanced(by: 1), block.count - 1) == 0
  }
}
