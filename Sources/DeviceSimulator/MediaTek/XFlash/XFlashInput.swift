import MediaTek
import WireFormat

/// The stream of bytes from a host, cut into frames wherever its transfers begin and end.
struct XFlashInput: Sendable {
  enum Event: Equatable, Sendable {
    /// A frame of the flow. `pieces` are the sizes of what the host's transfers brought of it, header included.
    case frame([UInt8], pieces: [Int])
    /// Something else than a frame.
    case garbage
    /// A frame that is longer than what is taken now.
    case oversized(byteCount: UInt64)
  }

  private var header: [UInt8] = []
  private var payload: [UInt8] = []
  private var missing: UInt64 = 0
  private var isInPayload = false
  private var isMessage = false
  /// Bytes of a frame that is passed over.
  private var skipping: UInt64 = 0
  /// In the middle of something that is no frame: only the first byte of it is reported.
  private var isInGarbage = false
  private var pieces: [Int] = []

  private static let magic: [UInt8] = [0xEF, 0xEE, 0xEE, 0xFE]

  /// Takes bytes up to the end of a frame, and returns how many they were with what they were.
  ///
  /// `limit` is the longest payload that is kept.
  mutating func take(_ bytes: RawSpan, from start: Int, limit: UInt64) -> (next: Int, event: Event?) {
    var position = start
    while position < bytes.byteCount {
      if skipping > 0 {
        let count = Int(min(skipping, UInt64(bytes.byteCount - position)))
        skipping -= UInt64(count)
        position += count
        continue
      }
      if isInPayload {
        let count = Int(min(missing, UInt64(bytes.byteCount - position)))
        let piece = bytes.extracting(position..<position + count)
        unsafe piece.withUnsafeBytes { unsafe payload.append(contentsOf: $0) }
        missing -= UInt64(count)
        position += count
        note(count)
        if missing == 0, let event = finish() { return (position, event) }
        continue
      }
      header.append(unsafe bytes.unsafeLoad(fromByteOffset: position, as: UInt8.self))
      position += 1
      note(1)
      if let event = checkHeader(limit: limit) { return (position, event) }
    }
    return (position, nil)
  }

  /// One call of `receive` has ended: what follows is another transfer, or another part of one.
  mutating func endPiece() { pieces.append(0) }

  private mutating func note(_ count: Int) {
    if pieces.isEmpty { pieces.append(0) }
    pieces[pieces.count - 1] += count
  }

  private mutating func finish() -> Event? {
    let whole = payload
    let sizes = pieces.filter { $0 > 0 }
    let wasMessage = isMessage
    payload = []
    header = []
    pieces = []
    isInPayload = false
    // Hosts send no log.
    return wasMessage ? nil : .frame(whole, pieces: sizes)
  }

  private mutating func checkHeader(limit: UInt64) -> Event? {
    let length = min(header.count, 4)
    guard header[..<length] == Self.magic[..<length] else {
      // Everything up to the next magic is thrown away.
      let known = header.dropFirst()
      header = known.last == Self.magic[0] ? [Self.magic[0]] : []
      pieces = []
      defer { isInGarbage = true }
      return isInGarbage ? nil : .garbage
    }
    guard header.count == XFlashHeader.byteCount else { return nil }
    guard let parsed = try? XFlashHeader(parsing: header.rawSpan) else {
      header = []
      pieces = []
      return .garbage
    }
    isInGarbage = false
    let count = UInt64(parsed.payloadByteCount)
    guard count <= limit else {
      header = []
      pieces = []
      skipping = count
      return .oversized(byteCount: count)
    }
    isMessage = parsed.kind == .message
    missing = count
    payload.reserveCapacity(Int(min(count, 1 << 20)))
    isInPayload = true
    return count == 0 ? finish() : nil
  }
}
