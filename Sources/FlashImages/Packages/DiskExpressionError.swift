/// Why a text is no expression, or has no value. Offsets count bytes of the text's UTF-8 form.
public enum DiskExpressionError: Error, Equatable, Sendable {
  /// Nothing but white space.
  case empty
  /// The text is longer than any expression that means something.
  case tooLong(byteCount: Int)
  /// Something that the grammar does not have at this place; `found` is `nil` at the end of the text.
  case unexpected(found: String?, at: Int)
  /// A fraction other than `.0`.
  case fraction(at: Int)
  /// Parentheses inside each other beyond all reason.
  case tooDeep
  /// `CRC32` inside `CRC32`.
  case nestedChecksum
  /// A number, or a result on the way, that does not fit.
  case overflow
  case divisionByZero
  /// The result lies before the start of the disk.
  case negative
  /// `NUM_DISK_SECTORS` occurs and is not known.
  case unknownSectorCount
  /// `NUM_DISK_BLOCKS` occurs and is not known.
  case unknownBlockCount
  /// `CRC32` occurs where nothing can be read.
  case checksumUnavailable
}
