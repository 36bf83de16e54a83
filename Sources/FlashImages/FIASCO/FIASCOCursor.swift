/// Walks over headers in random-access bytes, a few at a time, through a small window.
struct FIASCOCursor {
  private static let windowByteCount = 4096

  let bytes: any RandomAccessBytes
  /// The length of the bytes when reading began.
  let length: UInt64
  /// The next byte to read. May lie behind the end, where nothing can be read.
  var offset: UInt64 = 0
  private var window: [UInt8] = []
  private var windowStart: UInt64 = 0

  init(_ bytes: any RandomAccessBytes) throws(ImageError) {
    self.bytes = bytes
    length = try bytes.length()
  }

  var isAtEnd: Bool { offset >= length }

  /// The byte at `offset`, without moving; `nil` at the end.
  mutating func peek() throws(ImageError) -> UInt8? { try look(at: 1)?.first }

  /// The next byte; `nil` at the end.
  mutating func byte() throws(ImageError) -> UInt8? { try take(1)?.first }

  /// The next 32-bit number, most significant byte first; `nil` when the end comes before.
  mutating func bigEndianWord() throws(ImageError) -> UInt32? {
    try take(4)?.reduce(0) { word, byte in word << 8 | UInt32(byte) }
  }

  /// The next `count` bytes, at most 4096; `nil` when the end comes before.
  mutating func take(_ count: Int) throws(ImageError) -> ArraySlice<UInt8>? {
    guard let slice = try look(at: count) else { return nil }
    offset += UInt64(count)
    return slice
  }

  /// The next block; `nil` when the end comes before its last byte.
  mutating func block() throws(ImageError) -> FIASCOStoredBlock? {
    guard let head = try take(2), let type = head.first, let length = head.last, let data = try take(Int(length))
    else { return nil }
    return FIASCOStoredBlock(type: type, data: Array(data))
  }

  private mutating func look(at count: Int) throws(ImageError) -> ArraySlice<UInt8>? {
    guard offset <= length, length - offset >= UInt64(count) else { return nil }
    if offset < windowStart || offset + UInt64(count) > windowStart + UInt64(window.count) {
      window = try bytes.bytes(at: offset, atMost: Self.windowByteCount, length: length)
      windowStart = offset
    }
    let start = Int(offset - windowStart)
    guard start + count <= window.count else { return nil }
    return window[start..<start + count]
  }
}
