public import WireFormat

/// The data of reply 24, to IMAGE_HEADER: 9 bytes. Source: `docs/protocols/mkii.md` 9.4.
public struct MkIIImageHeaderReply: Equatable, Sendable {
  public static let byteCount = 9

  /// Goes into messages 05, 06 and 08.
  public var handle: UInt32
  /// A hint at the device's granularity in bytes; nothing depends on it.
  public var granularity: UInt32

  public init(handle: UInt32, granularity: UInt32) {
    self.handle = handle
    self.granularity = granularity
  }

  public init(parsing data: RawSpan, layout: MkIIReplyLayout) throws(WireError) {
    try data.require(Self.byteCount, at: 0)
    handle = try data.load(bigEndian: UInt32.self, at: layout.wordOffset)
    granularity = try data.load(bigEndian: UInt32.self, at: layout.wordOffset + 4)
  }

  public func serialize(layout: MkIIReplyLayout) -> [UInt8] { layout.data(words: [handle, granularity]) }
}

/// The data of reply 26, to SU_GET_UPDATE_STATUS_REQ: 21 bytes. Source: `docs/protocols/mkii.md` 9.6.
public struct MkIIStatusReply: Equatable, Sendable {
  public static let byteCount = 21

  /// 1 before data, 3 while writing; the other codes are inferred.
  public var state: UInt32
  /// Inferred: progress in percent.
  public var percent: UInt32
  public var word8: UInt32
  public var word12: UInt32
  /// Bytes of the image; 0 until the device has started it.
  public var total: UInt32

  public init(state: UInt32, percent: UInt32 = 0, word8: UInt32 = 0, word12: UInt32 = 0, total: UInt32) {
    self.state = state
    self.percent = percent
    self.word8 = word8
    self.word12 = word12
    self.total = total
  }

  public init(parsing data: RawSpan, layout: MkIIReplyLayout) throws(WireError) {
    try data.require(Self.byteCount, at: 0)
    let start = layout.wordOffset
    state = try data.load(bigEndian: UInt32.self, at: start)
    percent = try data.load(bigEndian: UInt32.self, at: start + 4)
    word8 = try data.load(bigEndian: UInt32.self, at: start + 8)
    word12 = try data.load(bigEndian: UInt32.self, at: start + 12)
    total = try data.load(bigEndian: UInt32.self, at: start + 16)
  }

  public func serialize(layout: MkIIReplyLayout) -> [UInt8] {
    layout.data(words: [state, percent, word8, word12, total])
  }
}

/// The data of reply 2B, to WAIT_CREDIT: 5 + 8n bytes. Source: `docs/protocols/mkii.md` 9.7.
public struct MkIICreditReply: Equatable, Sendable {
  public struct Entry: Equatable, Sendable {
    public var handle: UInt32
    /// Bytes the device can buffer now.
    public var credit: UInt32

    public init(handle: UInt32, credit: UInt32) {
      self.handle = handle
      self.credit = credit
    }
  }

  /// The count word as sent; entries beyond the data are left out.
  public var count: UInt32
  public var entries: [Entry]

  public init(entries: [Entry]) {
    count = UInt32(entries.count)
    self.entries = entries
  }

  /// A reply that says "nothing yet": count 0, and one entry of zeros to keep the usual 13 bytes (14.1).
  public static let none = MkIICreditReply(count: 0, entries: [Entry(handle: 0, credit: 0)])

  private init(count: UInt32, entries: [Entry]) {
    self.count = count
    self.entries = entries
  }

  public init(parsing data: RawSpan, layout: MkIIReplyLayout) throws(WireError) {
    try data.require(5, at: 0)
    count = try data.load(bigEndian: UInt32.self, at: layout.wordOffset)
    entries = []
    var offset = layout.wordOffset + 4
    while entries.count < Int(count), data.byteCount - offset >= 8 {
      entries.append(
        Entry(
          handle: try data.load(bigEndian: UInt32.self, at: offset),
          credit: try data.load(bigEndian: UInt32.self, at: offset + 4)))
      offset += 8
    }
  }

  public func serialize(layout: MkIIReplyLayout) -> [UInt8] {
    layout.data(words: [count] + entries.flatMap { [$0.handle, $0.credit] })
  }

  /// The credit for an image; 0 when the reply has none for it.
  public func credit(for handle: UInt32) -> UInt32 {
    entries.prefix(Int(count)).first { $0.handle == handle }?.credit ?? 0
  }
}
