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
  /// The task was cancelled while a file was being read or written.
  case cancelled
}
