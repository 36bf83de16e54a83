public import WireFormat

/// One Mk II message: a Phonet datagram of resource 88, in either direction.
///
/// | offset | field                  | request | reply                 |
/// |-------:|------------------------|---------|-----------------------|
/// |      0 | media                  | 1B      | 1B                    |
/// |      1 | receiver device        | 00      | 10                    |
/// |      2 | sender device          | 10      | 00                    |
/// |      3 | resource               | 88      | 88                    |
/// |      4 | length, big endian     | 4 + N   | 4 + N                 |
/// |      6 | receiver, sender object| 00 00   | 00 00                 |
/// |      8 | transaction id         | counter | echo                  |
/// |      9 | message id             | type    | type with bit 5 set   |
/// |     10 | data                   | N bytes | N bytes               |
///
/// Source: `docs/protocols/mkii.md` 4.1.
public struct MkIIMessage: Equatable, Sendable {
  public static let headerByteCount = 10
  /// Bytes before the part that the length field counts.
  public static let prefixByteCount = 6
  public static let maximumDataByteCount = 65531
  /// Header and data of the largest message.
  public static let maximumByteCount = headerByteCount + maximumDataByteCount
  public static let resource: UInt8 = 0x88

  public enum Direction: Sendable {
    case request
    case reply

    /// Media, receiver device, sender device.
    var address: [UInt8] {
      switch self {
      case .request: [0x1B, 0x00, 0x10]
      case .reply: [0x1B, 0x10, 0x00]
      }
    }
  }

  public var direction: Direction
  public var transactionID: UInt8
  public var messageID: UInt8
  public var data: [UInt8]

  public init(_ direction: Direction, transactionID: UInt8, messageID: UInt8, data: [UInt8] = []) {
    self.direction = direction
    self.transactionID = transactionID
    self.messageID = messageID
    self.data = data
  }

  /// Reads exactly one message that fills `bytes`: addresses, resource and length field must fit.
  ///
  /// Object bytes are ignored (section 18). Throws `WireError.invalid` with the field that does not fit.
  public init(parsing bytes: RawSpan, as direction: Direction) throws(WireError) {
    try self.init(parsing: bytes, as: direction, resource: Self.resource)
    let length = Int(try bytes.load(bigEndian: UInt16.self, at: 4))
    guard length + Self.prefixByteCount == bytes.byteCount else {
      throw .invalid(field: "length", at: 4, value: UInt64(length))
    }
  }

  /// Reads the message at the start of `bytes` as the kernel's Phonet layer does: bytes after the advertised length
  /// are ignored (4.5).
  public init(parsingPrefixOf bytes: RawSpan, as direction: Direction) throws(WireError) {
    try self.init(parsing: bytes, as: direction, resource: Self.resource)
  }

  private init(parsing bytes: RawSpan, as direction: Direction, resource: UInt8) throws(WireError) {
    try bytes.require(Self.headerByteCount, at: 0)
    for (offset, expected) in (direction.address + [resource]).enumerated() {
      let byte = try bytes.byte(at: offset)
      guard byte == expected else {
        throw .invalid(field: ["media", "receiver", "sender", "resource"][offset], at: offset, value: UInt64(byte))
      }
    }
    let length = Int(try bytes.load(bigEndian: UInt16.self, at: 4))
    guard length >= 4 else { throw .invalid(field: "length", at: 4, value: UInt64(length)) }
    self.direction = direction
    transactionID = try bytes.byte(at: 8)
    messageID = try bytes.byte(at: 9)
    data = try bytes.copy(length - 4, at: Self.headerByteCount)
  }

  /// Appends header and data. Data beyond 65531 bytes cannot be expressed and is cut: senders check first.
  public func serialize(into bytes: inout [UInt8]) {
    let data = data.prefix(Self.maximumDataByteCount)
    bytes.append(contentsOf: direction.address)
    bytes.append(Self.resource)
    bytes.append(bigEndian: UInt16(4 + data.count))
    bytes.append(contentsOf: [0, 0, transactionID, messageID])
    bytes.append(contentsOf: data)
  }

  /// The message as it goes over the wire.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headerByteCount + data.count)
    serialize(into: &bytes)
    return bytes
  }
}
