/// Why a file could not be used. Carries the file, the offset and the facts; the program writes the sentence.
public enum ImageError: Error, Equatable, Sendable {
  /// A named file does not exist.
  case missing(path: String)
  /// The system refused an operation on a file; `errno` is its number.
  case system(operation: String, path: String, errno: Int32)
  /// The file ended before `expected` bytes could be read from `offset` (it shrank, or its length was a lie).
  case shortRead(path: String, offset: UInt64, expected: UInt64)
  /// The path names something that is not a regular file.
  case notAFile(path: String)
  /// The content is not what its format demands: `reason` is a term of the format's document, such as `F09 truncated
  /// image data`, and `offset` the byte in the file that shows it.
  case malformed(path: String, offset: UInt64, reason: String)
  /// An Android sparse image that breaks its format; `offset` is the byte in the file (behind compression, in what it
  /// expands to) that shows it.
  case sparse(path: String, offset: UInt64, SparseDefect)
  /// A compressed file that cannot be unpacked; `offset` is the compressed byte that was reached.
  case compression(path: String, offset: UInt64, format: CompressionFormat, CompressionDefect)
  /// The content is certainly no image: a pointer to one, or a web page.
  case noImage(path: String, ContentKind)
  /// A ZIP archive, or a member of one, that cannot be read.
  case zip(path: String, offset: UInt64, ZIPDefect)
  /// The image is larger than the file's format can say.
  case tooLarge(path: String, byteCount: UInt64)
  /// The work goes back and forth in the image, which a compressed one does not allow.
  case notSeekable(path: String)
  /// Pieces of at most `limit` bytes have no room for a block.
  case pieceLimit(limit: UInt64, needed: UInt64)
  /// The output is a file that is read.
  case overwritesInput(path: String)
  /// A file does not hold what was written to it.
  case differsAfterWriting(path: String, offset: UInt64)
  /// The task was cancelled while a file was being read or written.
  case cancelled
}
