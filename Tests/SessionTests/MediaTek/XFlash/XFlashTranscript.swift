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
    let header = try XFlashHeader(parsing: try bytes(Array(words[..<bar])).rawSpan)
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

  /// Plays the device to a session of the host, from `position` on: all that it sends has to be what the transcript says.
  func play<Session: XFlashSession>(_ first: Session, from position: inout Int) throws -> Session {
    var session = first
    var action = session.start()
    func next(fromDevice: Bool) throws -> Message {
      let message = try #require(messages.indices.contains(position) ? messages[position] : nil, "\(session.name)")
      try #require(message.isFromDevice == fromDevice, "\(session.name), message \(position)")
      position += 1
      return message
    }
    while action != .finish {
      switch action {
      case .send(let payload):
        #expect(try next(fromDevice: false).payload == payload, "\(session.name), message \(position)")
        action = session.sent()
      case .receive: action = try session.receive(try next(fromDevice: true).payload)
      case .receiveData:
        let payload = try next(fromDevice: true).payload
        if try session.accepts(byteCount: UInt64(payload.count)) == .data {
          action = session.received(byteCount: UInt64(payload.count), isWanted: true)
        } else {
          action = try session.receive(payload)
        }
      case .sendChunk(let byteCount):
        let (status, checksum, chunk) = (
          try next(fromDevice: false).payload, try next(fromDevice: false).payload, try next(fromDevice: false).payload
        )
        #expect(status == [0, 0, 0, 0] && chunk.count == byteCount)
        #expect(checksum == XFlashFrame(XFlashChecksum.of(chunk.rawSpan)).payload)
        action = session.sent()
      case .finish: break
      }
    }
    return session
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
