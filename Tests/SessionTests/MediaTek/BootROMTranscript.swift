import MediaTek
import Testing
import WireFormat

@testable import DeviceSimulator

/// A conversation as `docs/protocols/mtk-brom.md` 14 writes it: `>` from the host, `<` from the device, `|` between
/// transfers of the device, `=` behind what the device sends back as one transfer.
struct BootROMTranscript: Sendable {
  struct Turn: Sendable {
    var host: [UInt8]
    var device: [[UInt8]] = []
  }

  var turns: [Turn] = []

  init(_ text: String) {
    for line in text.split(separator: "\n").map({ $0.trimmingPrefix { $0 == " " } }) where !line.isEmpty {
      var rest = line.dropFirst()
      if line.first == ">" {
        let isEchoed = rest.last == "="
        if isEchoed { rest = rest.dropLast() }
        let bytes = Self.bytes(String(rest))
        turns.append(Turn(host: bytes, device: isEchoed ? [bytes] : []))
      } else {
        if turns.isEmpty { turns.append(Turn(host: [])) }
        turns[turns.count - 1].device += rest.split(separator: "|").map { Self.bytes(String($0)) }
      }
    }
  }

  /// Hexadecimal bytes; `XX*N` stands for N of them.
  private static func bytes(_ text: String) -> [UInt8] {
    text.split(separator: " ").flatMap { word -> [UInt8] in
      let halves = word.split(separator: "*")
      guard let byte = UInt8(halves[0], radix: 16) else { return [] }
      return [UInt8](repeating: byte, count: halves.count > 1 ? Int(halves[1]) ?? 0 : 1)
    }
  }

  /// Plays the device to a session of the host: everything that it sends has to be what the transcript says.
  func play<Session: BootROMSession>(against first: Session) throws -> Session {
    var session = first
    var action = session.start()
    var turn = -1
    var incoming: [UInt8] = []
    func isNext(_ bytes: [UInt8]) -> Bool {
      turn += 1
      guard turns.indices.contains(turn) else { return false }
      incoming += turns[turn].device.joined()
      return turns[turn].host == bytes
    }
    while true {
      switch action {
      case .exchange(let bytes, let count, let limit):
        if !bytes.isEmpty || (turn < 0 && turns.first?.host.isEmpty == true) {
          #expect(isNext(bytes), "turn \(turn): \(Hex.string(bytes, separator: " "))")
        }
        if incoming.count < count {
          action = try session.silence(received: incoming.count, after: limit)
        } else {
          action = try session.receive(Array(incoming.prefix(count)))
          incoming.removeFirst(count)
        }
      case .sendData(let bytes):
        #expect(isNext(bytes), "turn \(turn): data")
        action = session.dataSent()
      case .drain:
        action = try session.receive(incoming)
        incoming = []
      case .finish:
        #expect(turn == turns.count - 1, "\(turns.count - 1 - turn) turns are left")
        return session
      }
    }
  }

  /// Plays the host to a simulated device: it has to answer with exactly the transcript's transfers.
  func play(against device: inout BootROMSimulation) {
    for (number, turn) in turns.enumerated() {
      device.receive(turn.host.rawSpan, at: .zero)
      var transfers: [[UInt8]] = []
      while case .transfer(let bytes, _)? = device.transmit() { transfers.append(bytes) }
      #expect(transfers == turn.device, "turn \(number)")
    }
  }
}
