public import WireFormat

/// The header of a frame; a transfer of its own on the bus.
///
/// | offset | size | field |
/// |-------:|-----:|-------|
/// |      0 |    4 | magic, 0xFEEEEEEF |
/// |      4 |    4 | 1 protocol flow, 2 message |
/// |      8 |    4 | bytes of payload that follow |
///
/// Source: `docs/protocols/mtk-xflash.md` 3.
public struct XFlashHeader: Equatable, Sendable {
  public enum Kind: UInt32, Equatable, Sendable {
    /// Commands, parameters, statuses, data: the place in the sequence says which.
    case flow = 1
    /// A line of the agent's log, anywhere between two frames of the other kind.
    case message = 2
  }

  public static let magic: UInt32 = 0xFEEE_EEEF
  public static let byteCount = 12

  public var kind: Kind
  /// Bytes of payload; never 0 in the flow.
  public var payloadByteCount: UInt32

  public init(_ kind: Kind = .flow, payloadByteCount: UInt32) {
    self.kind = kind
    self.payloadByteCount = payloadByteCount
  }

  /// Throws `WireError.truncated` below 12 bytes, `.invalid` for another magic, an unknown type, or a frame of the flow
  /// without payload.
  public init(parsing bytes: RawSpan) throws(WireError) {
    let magic = try bytes.load(littleEndian: UInt32.self, at: 0)
    guard magic == Self.magic else { throw .invalid(field: "magic", at: 0, value: UInt64(magic)) }
    let type = try bytes.load(littleEndian: UInt32.self, at: 4)
    guard let kind = Kind(rawValue: type) else { throw .invalid(field: "type", at: 4, value: UInt64(type)) }
    let length = try bytes.load(littleEndian: UInt32.self, at: 8)
    guard kind == .message || length > 0 else { throw .invalid(field: "length", at: 8, value: 0) }
    self.kind = kind
    payloadByteCount = length
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.byteCount)
    for word in [Self.magic, kind.rawValue, payloadByteCount] { bytes.append(littleEndian: word) }
    return bytes
  }
}

/// A frame that is in memory as a whole: everything but image data.
public struct XFlashFrame: Equatable, Sendable {
  public var kind: XFlashHeader.Kind
  public var payload: [UInt8]

  public init(_ payload: [UInt8], kind: XFlashHeader.Kind = .flow) {
    self.kind = kind
    self.payload = payload
  }

  /// A frame of the flow with one number: a command, an acknowledgement, a status.
  public init(_ word: UInt32) {
    var payload: [UInt8] = []
    payload.append(littleEndian: word)
    self.init(payload)
  }

  public var header: XFlashHeader { XFlashHeader(kind, payloadByteCount: UInt32(clamping: payload.count)) }
  /// Header and payload in one piece, as a stream has them.
  public var bytes: [UInt8] { header.bytes + payload }
}

/// A line of an agent's log: a priority, then text that need not end with NUL.
public struct XFlashLogLine: Equatable, Sendable {
  public var priority: UInt32
  public var text: [UInt8]

  public init(priority: UInt32, text: [UInt8]) {
    self.priority = priority
    self.text = text
  }

  /// A payload without room for the priority is text alone.
  public init(payload: [UInt8]) {
    guard let priority = try? payload.rawSpan.load(littleEndian: UInt32.self, at: 0) else {
      self.init(priority: 0, text: payload)
      return
    }
    self.init(priority: priority, text: Array(payload.dropFirst(4)))
  }

  public var payload: [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(littleEndian: priority)
    return bytes + text
  }

  /// As one line: without NUL and line ends behind it.
  public var line: String {
    var text = text[...]
    while let last = text.last, last == 0 || last == 0x0A || last == 0x0D { text.removeLast() }
    return String(decoding: text, as: UTF8.self)
  }
}
