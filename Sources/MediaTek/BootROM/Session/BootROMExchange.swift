import WireFormat

/// One command with its echoes, data and statuses, as a list of steps that runs without I/O.
///
/// Every multi-byte number is big-endian. A status that is no success ends the exchange: the device is back in its command
/// loop then, whatever would have followed. Source: `docs/protocols/mtk-brom.md` 4 and 7.
public struct BootROMExchange: BootROMSession, Equatable {
  public enum Step: Equatable, Sendable {
    /// The command byte and its echo. `READY` of a preloader that has listened a moment ago may stand before it.
    case opcode(UInt8)
    /// Sent, and sent back by the device.
    case echo([UInt8])
    /// Sent, without an answer.
    case send([UInt8])
    /// One byte back, which is no echo: the version queries.
    case version(UInt8)
    case status
    /// A status that also ends the exchange, in success, when it is this one.
    case statusOr(BootROMStatus)
    /// A number of 1, 2 or 4 bytes.
    case number(byteCount: Int)
    case numbers(count: Int, byteCount: Int)
    /// A 32-bit length and so many bytes.
    case block
    case data([UInt8])
    /// A 16-bit checksum over the data.
    case checksum(UInt16)
    /// Sent little-endian, and sent back in either order.
    case mirrored(UInt32)
  }

  /// What the device answered.
  public struct Answers: Equatable, Sendable {
    public var numbers: [UInt32] = []
    public var block: [UInt8] = []
    /// Every status, in order.
    public var statuses: [BootROMStatus] = []

    /// The number at a place, 0 where there is none.
    public func number(_ index: Int) -> UInt32 { numbers.indices.contains(index) ? numbers[index] : 0 }
  }

  public let name: String
  public let steps: [Step]
  public private(set) var answers = Answers()
  private let policy: BootROMPolicy
  /// Bytes of the answer so far, echoes apart.
  private var answeredByteCount = 0
  /// How long the value of the first number may take, where that differs.
  private let valueLimit: Duration?
  private var place = 0
  /// A block's length, once it has come.
  private var blockByteCount: Int?
  private var skipped = 0
  private var hasSentData = false

  /// Letters of READY that are read over.
  static let readyLimit = 20

  public init(_ name: String, _ steps: [Step], policy: BootROMPolicy = BootROMPolicy(), valueLimit: Duration? = nil) {
    self.name = name
    self.steps = steps
    self.policy = policy
    self.valueLimit = valueLimit
  }

  public mutating func start() -> BootROMAction { ask() }

  /// What the step at hand sends and wants.
  private func ask() -> BootROMAction {
    guard steps.indices.contains(place) else { return .finish }
    let limit = hasSentData ? policy.verifyLimit : policy.commandLimit
    switch steps[place] {
    case .opcode(let code), .version(let code): return .exchange([code], count: 1, limit: limit)
    case .echo(let bytes): return .exchange(bytes, count: bytes.count, limit: limit)
    case .send(let bytes): return .exchange(bytes, count: 0, limit: limit)
    case .status, .statusOr, .checksum: return .exchange([], count: 2, limit: limit)
    case .number(let byteCount): return .exchange([], count: byteCount, limit: valueLimit ?? limit)
    case .numbers(let count, let byteCount): return .exchange([], count: count * byteCount, limit: limit)
    case .block: return .exchange([], count: blockByteCount ?? 4, limit: limit)
    case .data(let bytes): return .sendData(bytes)
    case .mirrored(let number):
      var bytes: [UInt8] = []
      bytes.append(littleEndian: number)
      return .exchange(bytes, count: 4, limit: limit)
    }
  }

  public mutating func receive(_ bytes: [UInt8]) throws(BootROMError) -> BootROMAction {
    guard steps.indices.contains(place) else { return .finish }
    switch steps[place] {
    case .status, .statusOr, .checksum, .version, .number, .numbers, .block: answeredByteCount += bytes.count
    case .opcode, .echo, .mirrored, .send, .data: break
    }
    switch steps[place] {
    case .opcode(let code):
      guard bytes == [code] else { return try skipReady(bytes, wanting: code) }
    case .echo(let sent):
      guard bytes == sent else { throw .lostEcho(during: name, sent: sent, received: bytes) }
    case .mirrored(let number):
      let received = Self.number(bytes)
      guard received == number || received.byteSwapped == number else {
        throw .lostEcho(during: name, sent: Self.bytes(number), received: bytes)
      }
    case .status, .statusOr:
      if try take(status: bytes) { return .finish }
    case .checksum(let sent):
      let device = UInt16(truncatingIfNeeded: Self.number(bytes))
      guard device == sent else { throw .wrongChecksum(during: name, sent: sent, device: device) }
    case .version, .number: answers.numbers.append(Self.number(bytes))
    case .numbers(_, let byteCount):
      for start in stride(from: 0, to: bytes.count, by: max(1, byteCount)) {
        answers.numbers.append(Self.number(bytes[start..<min(start + byteCount, bytes.count)]))
      }
    case .block:
      if let action = try take(block: bytes) { return action }
    case .send, .data: break
    }
    return next()
  }

  private mutating func next() -> BootROMAction {
    place += 1
    return ask()
  }

  public mutating func dataSent() -> BootROMAction {
    hasSentData = true
    return next()
  }

  public mutating func silence(received: Int, after limit: Duration) throws(BootROMError) -> BootROMAction {
    guard case .exchange(_, let count, _) = ask() else { return .finish }
    throw .silence(
      during: name, received: answeredByteCount + received, expected: answeredByteCount + count, after: limit)
  }

  /// Whether this status ends the exchange.
  private mutating func take(status bytes: [UInt8]) throws(BootROMError) -> Bool {
    let status = BootROMStatus(rawValue: UInt16(truncatingIfNeeded: Self.number(bytes)))
    answers.statuses.append(status)
    if case .statusOr(status) = steps[place] { return true }
    guard status.isSuccess else { throw .refused(status, during: name) }
    return false
  }

  /// The length first, then the bytes. Nothing is read that is longer than any such block.
  private mutating func take(block bytes: [UInt8]) throws(BootROMError) -> BootROMAction? {
    guard blockByteCount == nil else {
      answers.block = bytes
      return nil
    }
    let count = Self.number(bytes)
    guard UInt64(count) <= UInt64(policy.blockByteCount) else {
      throw .oversizedBlock(during: name, byteCount: UInt64(count), limit: UInt64(policy.blockByteCount))
    }
    guard count > 0 else { return nil }
    blockByteCount = Int(count)
    return ask()
  }

  private mutating func skipReady(_ bytes: [UInt8], wanting code: UInt8) throws(BootROMError) -> BootROMAction {
    guard skipped < Self.readyLimit, let byte = bytes.first, BootROMToken.ready.contains(byte) else {
      throw .lostEcho(during: name, sent: [code], received: bytes)
    }
    skipped += 1
    return .exchange([], count: 1, limit: policy.commandLimit)
  }

  static func number(_ bytes: some Sequence<UInt8>) -> UInt32 {
    bytes.reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Most significant byte first.
  static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(bigEndian: number)
    return bytes
  }
}
