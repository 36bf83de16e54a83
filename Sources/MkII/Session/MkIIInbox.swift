import WireFormat

/// Puts datagrams together from what arrives: USB transfers, which hold one datagram each (or, from some devices, half
/// of one), or pieces of a TCP stream, which know no boundaries.
///
/// Source: `docs/protocols/mkii.md` 3, 12 and 14.3.
struct MkIIInbox: Sendable {
  /// Bytes up to the end of the length field.
  private static let prefixByteCount = MkIIMessage.prefixByteCount

  private let isStream: Bool
  private var bytes: [UInt8] = []

  init(isStream: Bool) { self.isStream = isStream }

  /// Bytes that have arrived and are no whole datagram yet.
  var pendingByteCount: Int { bytes.count }

  /// Bytes of the datagram whose beginning has arrived; `nil` before its length field.
  var expectedByteCount: Int? {
    guard let length = try? bytes.rawSpan.load(bigEndian: UInt16.self, at: 4) else { return nil }
    return Self.prefixByteCount + Int(length)
  }

  /// How much to read next: on USB room for the largest message in whole packets, else so much that more would be
  /// no fault, since what follows stays here.
  static let readByteCount = (MkIIMessage.maximumByteCount + 511) / 512 * 512

  mutating func append(_ piece: [UInt8]) { bytes += piece }

  /// Forgets an unfinished datagram, where boundaries allow a fresh start.
  mutating func beginExchange() {
    if !isStream { bytes.removeAll(keepingCapacity: true) }
  }

  /// Takes the next datagram out, if it is complete.
  ///
  /// Bytes that cannot begin a Phonet datagram come out as they are: there is nothing to wait for.
  mutating func next() -> [UInt8]? {
    guard let first = bytes.first else { return nil }
    guard first == 0x1B else { return takeAll() }
    guard let expected = expectedByteCount, bytes.count >= expected else { return nil }
    guard isStream else { return takeAll() }
    let datagram = Array(bytes.prefix(expected))
    bytes.removeFirst(expected)
    return datagram
  }

  private mutating func takeAll() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }
}
