import Testing
import WireFormat

@testable import DeviceSimulator
@testable import MediaTek

/// A conversation as `docs/protocols/mtk-xml.md` writes it: `H>` and `D>`, header and payload, with its abbreviations.
struct XMLAgentTranscript {
  enum Line: Equatable {
    case host([UInt8])
    case device([UInt8])
    /// Commands that are as above: what they lead to has to be put in place.
    case omission
    /// The beginning of a part.
    case part(String)
  }

  var lines: [Line] = []

  init(_ text: String) throws {
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# --- ") {
        lines.append(.part(String(line.dropFirst(6).prefix { $0 != "-" }).trimmed))
      } else if line.hasPrefix("#") {
        if line.contains("as above") { lines.append(.omission) }
      } else {
        let frame = try Self.frame(String(line.dropFirst(3)))
        lines.append(line.hasPrefix("H>") ? .host(frame) : .device(frame))
      }
    }
  }

  /// The payload of a frame, whose header has to be the one that stands there.
  private static func frame(_ text: String) throws -> [UInt8] {
    if let abbreviated = abbreviation(text.trimmed) { return abbreviated }
    let separator = try #require(text.range(of: " | "))
    let header = try #require(Hex.bytes(text[..<separator.lowerBound]))
    let frame = try XMLAgentFrame(parsing: header)
    let payload = try payload(String(text[separator.upperBound...]).trimmed)
    #expect(payload.count == Int(frame.byteCount), "\(text.prefix(60))")
    return payload
  }

  private static func abbreviation(_ text: String) -> [UInt8]? {
    let document = XMLDeviceDocument()
    switch text {
    case "ok": return XMLAgentToken.ok(nil).payload
    case "START": return document.request("START")
    case "END-OK": return document.request("END", ["result": "OK", "message": ""])
    default: return nil
    }
  }

  private static func payload(_ text: String) throws -> [UInt8] {
    if text.hasPrefix("(0x") {
      let count = try #require(Int(text.dropFirst(3).prefix { $0 != " " }, radix: 16))
      return (0..<count).map { UInt8($0 % 256) }
    }
    if text.hasPrefix("(eMMC") { return Array(XMLAgentTranscripts.hardware.utf8) }
    if text.hasPrefix("(partition") { return Array(XMLAgentTranscripts.partitionTable.utf8) }
    if let bytes = Hex.bytes(text) { return bytes }
    return text.hasSuffix("\\0") ? Array(text.dropLast(2).utf8) + [0] : Array(text.utf8)
  }

  /// The lines of some parts, or those before the first of them.
  func part(_ names: String...) -> ArraySlice<Line> {
    var result: [Line] = []
    var isWanted = false
    for line in lines {
      if case .part(let name) = line { isWanted = names.contains { name.hasPrefix($0) } }
      if isWanted { result.append(line) }
    }
    return result[...]
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while text.last == " " { text.removeLast() }
    return String(text)
  }

  fileprivate func range(of part: String) -> Range<String.Index>? { firstRange(of: part) }
}

/// Plays the device of a transcript to sessions of the host.
struct XMLAgentHostPlayer {
  var lines: ArraySlice<XMLAgentTranscript.Line>
  var received: [UInt8] = []

  init(_ lines: ArraySlice<XMLAgentTranscript.Line>) { self.lines = lines }

  private mutating func next() -> XMLAgentTranscript.Line? {
    while let line = lines.popFirst() {
      switch line {
      case .omission, .part: continue
      case .host, .device: return line
      }
    }
    return nil
  }

  mutating func expect(host payload: [UInt8]) {
    let line = next()
    #expect(line == .host(payload), "\(String(decoding: payload.prefix(100), as: UTF8.self))")
  }

  mutating func device() throws -> [UInt8] {
    guard case .device(let payload)? = next() else { throw XMLAgentError.outOfStep }
    return payload
  }

  mutating func play(_ first: XMLCommandSession, content: [UInt8] = []) throws -> XMLCommandSession {
    var session = first
    var action = session.start()
    received = []
    while true {
      switch action {
      case .exchange(let payloads, _):
        for payload in payloads { expect(host: payload) }
        let payload = try device()
        if session.takes(UInt64(payload.count)) != nil || session.isData(payload) != nil {
          received += payload
          action = session.dataReceived(UInt64(payload.count))
        } else {
          action = try session.receive(payload)
        }
      case .sendData(_, let offset, let byteCount):
        expect(host: Array(content[Int(offset)..<Int(offset + byteCount)]))
        action = session.dataSent()
      case .finish(let payloads):
        for payload in payloads { expect(host: payload) }
        return session
      }
    }
  }
}

/// Plays the host of a transcript to a simulated agent: it has to answer with exactly the transcript's transfers.
struct XMLAgentDevicePlayer {
  var agent: XMLAgentSimulation

  mutating func play(_ lines: ArraySlice<XMLAgentTranscript.Line>) {
    for (number, line) in lines.enumerated() {
      switch line {
      case .part: continue
      case .omission: agent.isInitialised = true
      case .host(let payload):
        let header = XMLAgentFrame(byteCount: UInt32(payload.count)).bytes
        _ = agent.receive(header.rawSpan, endsTransfer: true, at: .zero)
        _ = agent.receive(payload.rawSpan, endsTransfer: true, at: .zero)
      case .device(let payload):
        let header = XMLAgentFrame(byteCount: UInt32(payload.count)).bytes
        for expected in [header, payload] {
          let answer = agent.transmit(atMost: 65_536, at: .zero)
          #expect(
            answer == .transfer(expected, isTerminated: false),
            "line \(number): \(String(decoding: expected.prefix(120), as: UTF8.self))")
        }
      }
    }
    #expect(agent.transmit(atMost: 512, at: .zero) == .nothing)
  }
}
