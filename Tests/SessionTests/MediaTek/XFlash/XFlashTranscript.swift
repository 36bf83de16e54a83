import FlashCore
import MediaTek
import Testing
import WireFormat

@testable import DeviceSimulator

/// A conversation as `docs/protocols/mtk-xflash.md` writes it: `H>` from the host, `D>` from the device, header and payload
/// with `|` between them, `ok` for a status of 0, `;` between two frames of a line.
///
/// What the page abbreviates is written `pattern*N` (byte i is i modulo 256), `zero*N`, `any*N`.
struct XFlashTranscript: Sendable {
  struct Message: Equatable, Sendable {
    var isFromDevice: Bool
    var payload: [UInt8]
    var kind = XFlashHeader.Kind.flow
    /// A byte without a header.
    var isRaw = false
    /// Whether only its length counts.
    var isAny = false
  }

  var messages: [Message] = []

  init(_ text: String) throws {
    for line in text.split(separator: "\n") {
      for part in line.prefix(while: { $0 != "#" }).split(separator: ";") {
        let words = part.split(separator: " ").map(String.init)
        guard let direction = words.first else { continue }
        try messages.append(Self.message(isFromDevice: direction == "D>", Array(words.dropFirst())))
      }
    }
  }

  private static func message(isFromDevice: Bool, _ words: [String]) throws -> Message {
    if words == ["ok"] { return Message(isFromDevice: isFromDevice, payload: [0, 0, 0, 0]) }
    guard let bar = words.firstIndex(of: "|") else {
      return Message(isFromDevice: isFromDevice, payload: try bytes(words), isRaw: true)
    }
    let beginning = try bytes(Array(words[..<bar]))
    let header = try XFlashHeader(parsing: beginning.rawSpan)
    let payload = try bytes(Array(words[(bar + 1)...]))
    try #require(Int(header.payloadByteCount) == payload.count, "\(words)")
    return Message(
      isFromDevice: isFromDevice, payload: payload, kind: header.kind,
      isAny: words.contains { $0.hasPrefix("any*") })
  }

  static func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }

  private static func bytes(_ words: [String]) throws -> [UInt8] {
    try words.flatMap { word -> [UInt8] in
      let halves = word.split(separator: "*")
      guard halves.count == 2 else { return try #require(Hex.bytes(word), "\(word)") }
      let count = try #require(Int(halves[1]))
      return halves[0] == "pattern" ? pattern(count) : [UInt8](repeating: 0, count: count)
    }
  }

  // MARK: The host

  /// The payload of the next message, which has to be of that side.
  private func next(fromDevice: Bool, _ name: String, at position: inout Int) throws -> [UInt8] {
    guard messages.indices.contains(position), messages[position].isFromDevice == fromDevice else {
      Issue.record("\(name), message \(position)")
      throw XFlashError.cancelled
    }
    position += 1
    return messages[position - 1].payload
  }

  /// Plays the device to a session of the host, from `position` on: all that it sends has to be what the transcript says.
  func play<Session: XFlashSession>(_ first: Session, from position: inout Int) throws -> Session {
    var session = first
    var action = session.start()
    while action != .finish { action = try step(action, of: &session, at: &position) }
    return session
  }

  private func step<Session: XFlashSession>(
    _ action: XFlashAction, of session: inout Session, at position: inout Int
  ) throws -> XFlashAction {
    let name = session.name
    switch action {
    case .send(let payload):
      let expected = try next(fromDevice: false, name, at: &position)
      #expect(payload == expected)
      return session.sent()
    case .receive: return try session.receive(try next(fromDevice: true, name, at: &position))
    case .receiveData:
      let payload = try next(fromDevice: true, name, at: &position)
      guard try session.accepts(byteCount: UInt64(payload.count)) == .data else { return try session.receive(payload) }
      return session.received(byteCount: UInt64(payload.count), isWanted: true)
    case .sendChunk(let byteCount):
      let status = try next(fromDevice: false, name, at: &position)
      let checksum = try next(fromDevice: false, name, at: &position)
      let chunk = try next(fromDevice: false, name, at: &position)
      let sum = XFlashFrame(XFlashChecksum.of(chunk.rawSpan)).payload
      #expect(status == [0, 0, 0, 0] && chunk.count == byteCount && checksum == sum)
      return session.sent()
    case .finish: return .finish
    }
  }

  /// The same for a transcript of one session.
  func play<Session: XFlashSession>(_ session: Session) throws -> Session {
    var position = 0
    let played = try play(session, from: &position)
    #expect(position == messages.count)
    return played
  }

  // MARK: The device

  /// Plays the host to a simulated agent, which has to answer with exactly the transcript's transfers.
  func play(to device: inout SimulatedXFlash) {
    var place = 0
    while place < messages.count {
      let message = messages[place]
      if message.isFromDevice {
        let label = "message \(place)"
        if message.isRaw {
          #expect(device.nextTransfer() == message.payload, "\(label)")
        } else {
          let header = XFlashHeader(message.kind, payloadByteCount: UInt32(message.payload.count))
          #expect(device.nextTransfer() == header.bytes, "\(label)")
          let payload = device.nextTransfer()
          #expect(message.isAny ? payload?.count == message.payload.count : payload == message.payload, "\(label)")
        }
      } else {
        #expect(device.nextTransfer() == nil, "the device says more than it should before message \(place)")
        device.hear(XFlashFrame(message.payload))
      }
      place += 1
    }
    #expect(device.nextTransfer() == nil)
  }
}

extension SimulatedXFlash {
  /// The next transfer, however long that takes.
  mutating func nextTransfer() -> [UInt8]? {
    while true {
      if case .transfer(let bytes, _) = transmit(atMost: 1 << 20, at: now) { return bytes }
      guard let wake = nextWake else { return nil }
      advance(to: wake)
    }
  }

  /// Header and payload in transfers of their own, as flashctl sends them.
  mutating func hear(_ frame: XFlashFrame) {
    for transfer in [frame.header.bytes, frame.payload] {
      _ = receive(transfer.rawSpan, endsTransfer: true, at: now)
    }
  }
}
