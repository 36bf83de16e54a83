import FlashCore
import Testing

@testable import flashctl

@Suite struct `Waiting` {
  private let start = ContinuousClock.now

  private func after(_ seconds: Int) -> ContinuousClock.Instant { start + .seconds(seconds) }

  @Test func `is said after five seconds of silence, once, and again after a minute`() {
    var record = SilenceRecord()
    #expect(record.wait(for: .reply(request: "configure")) == [])
    #expect(record.look(at: after(4), lastShown: start, isTerminal: false) == [])
    #expect(
      record.look(at: after(5), lastShown: start, isTerminal: false)
        == [.event(.seconds(5)), .line(.seconds(5), isAgain: false)])
    record.shown(at: after(5))
    // The same request, sent again, is the same wait.
    #expect(record.wait(for: .reply(request: "configure")) == [])
    var shown = after(5)
    var lines = 0
    for second in 6...70 {
      let sayings = record.look(at: after(second), lastShown: shown, isTerminal: false)
      lines += sayings.count { if case .line = $0 { true } else { false } }
      #expect(sayings.contains { if case .event = $0 { true } else { false } } == (second % 5 == 0))
      if !sayings.isEmpty { shown = after(second) }
      if !sayings.isEmpty { record.shown(at: shown) }
    }
    #expect(lines == 1)
  }

  @Test func `is counted on a terminal's status line, which goes away with it`() {
    var record = SilenceRecord()
    _ = record.wait(for: .reply(request: "read"))
    _ = record.look(at: after(5), lastShown: start, isTerminal: true)
    record.shown(at: after(5))
    #expect(record.look(at: after(6), lastShown: after(5), isTerminal: true) == [.status(.seconds(6))])
    record.shown(at: after(6))
    #expect(record.wait(for: .reply(request: "program")) == [.clear])
    #expect(record.look(at: after(7), lastShown: after(6), isTerminal: true) == [])
  }

  @Test func `begins anew when something else was shown`() {
    var record = SilenceRecord()
    _ = record.wait(for: .reply(request: "read"))
    _ = record.look(at: after(5), lastShown: start, isTerminal: false)
    record.shown(at: after(5))
    #expect(record.look(at: after(8), lastShown: after(7), isTerminal: false) == [.clear])
    #expect(
      record.look(at: after(12), lastShown: after(7), isTerminal: false)
        == [.event(.seconds(5)), .line(.seconds(5), isAgain: false)])
  }
}
