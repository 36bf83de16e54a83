import Testing

@testable import MediaTek

@Suite struct `Boot ROM: finding out what runs, over a slow link` {
  /// The handshake behind the probe, whose answer comes in these pieces.
  private func handshake(_ pieces: [[UInt8]]) throws -> BootROMHandshake {
    var handshake = BootROMHandshake()
    for _ in ["listened", "announced"] { _ = try handshake.receive([]) }
    for piece in pieces { _ = try handshake.receive(piece) }
    return handshake
  }

  private var echo: [UInt8] {
    var echo = BootROMHandshake.agentProbe
    echo[3] = 0x05
    return echo
  }

  @Test("an echo in two pieces is one", arguments: 2..<16)
  func pieces(place: Int) throws {
    var handshake = BootROMHandshake()
    for _ in ["listened", "announced"] { _ = try handshake.receive([]) }
    _ = try handshake.receive([echo[0]])
    _ = try handshake.receive(Array(echo[1..<place]))
    let action = try handshake.receive(Array(echo[place...]))
    guard case .finish = action else {
      Issue.record("\(action)")
      return
    }
  }

  @Test func `a frame's header that comes alone is an agent's once nothing follows`() throws {
    #expect(throws: BootROMError.self) {
      try handshake([[0xEF], Array(BootROMHandshake.agentProbe[1..<12]), []])
    }
    let status: [UInt8] = [0x04, 0, 1, 0xC0]
    #expect(throws: BootROMError.self) {
      try handshake([[0xEF], Array(BootROMHandshake.agentProbe[1..<12]), status])
    }
  }
}
