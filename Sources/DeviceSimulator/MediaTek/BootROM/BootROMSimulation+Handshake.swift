import MediaTek
import WireFormat

/// How a simulated device gets in step: `docs/protocols/mtk-brom.md` 6.
extension BootROMSimulation {
  private static let sequence: [UInt8] = [0xA0, 0x0A, 0x50, 0x05]

  /// A preloader that listens takes A0 without an answer, and eight letters as a token.
  mutating func listen(_ byte: UInt8, after heard: [UInt8]) {
    guard byte != Self.sequence[0] else {
      state = .synchronising(0)
      return stopReady()
    }
    let bytes = Array((heard + [byte]).suffix(8))
    state = .listening(bytes)
    guard settings.isPreloader, let token = BootROMToken(rawValue: String(decoding: bytes, as: UTF8.self)) else {
      return
    }
    stopReady()
    put(token.answer)
    guard token.wantsDisconnect else { return finish(with: token == .fastboot ? .fastboot : .boots) }
    state = .meta([])
    boot(after: Self.lineLimit)
  }

  /// How long META waits for the line to drop.
  private static let lineLimit = Duration.milliseconds(1000)

  /// SET_CONTROL_LINE_STATE: bit 0 is DTR.
  mutating func noticeControlLines(_ lines: UInt16, at now: Duration) {
    guard case .meta(let heard) = state, lines & 1 == 0, heard.suffix(10) == Array("DISCONNECT".utf8)[...] else {
      return
    }
    finish(with: .boots)
  }

  mutating func synchronise(_ byte: UInt8, at place: Int) {
    if byte == Self.sequence[place] {
      answer(~byte)
      guard place + 1 < Self.sequence.count else {
        state = .command
        return watchCommands()
      }
      state = .synchronising(place + 1)
    } else if byte == Self.sequence[0], ignoresLateA0 {
      // Later preloaders begin again, and say nothing.
      state = .synchronising(1)
    } else {
      answer(byte &+ 1)
      state = .synchronising(0)
    }
  }

  private var ignoresLateA0: Bool {
    quirks.ignoresLateA0 || settings.isPreloader && !quirks.answersLateA0
  }

  private mutating func answer(_ byte: UInt8) {
    if quirks.saysReadyOften { put(BootROMToken.ready) }
    put([byte])
    if quirks.saysReadyOften { put(BootROMToken.ready) }
  }
}
