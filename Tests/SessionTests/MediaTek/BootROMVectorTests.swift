import MediaTek
import Testing
import WireFormat

@testable import DeviceSimulator

@Suite struct `Boot ROM: worked examples` {
  @Test("the host says what the example says", arguments: BootROMVector.all)
  func host(vector: BootROMVector) throws {
    guard let error = vector.error else {
      _ = try vector.transcript.play(against: vector.exchange)
      return
    }
    #expect(throws: error) { try vector.transcript.play(against: vector.exchange) }
  }

  @Test("the simulated device answers what the example answers", arguments: BootROMVector.all)
  func device(vector: BootROMVector) {
    var device = vector.device
    vector.transcript.play(against: &device)
  }

  @Test func `the answers are what the bytes say`() throws {
    func answers(_ name: String) throws -> BootROMExchange.Answers {
      let vector = try #require(BootROMVector.all.first { $0.testDescription == name })
      return try vector.transcript.play(against: vector.exchange).answers
    }
    #expect(try answers("FD, MT6735").numbers == [0x0321])
    #expect(try answers("FC").numbers == [0x8A00, 0xCA00, 0])
    #expect(try answers("D1 two dwords").numbers == [0x1122_3344, 0x5566_7788])
    #expect(try answers("E1").block.last == 0xFF && answers("DF, 4-byte log").block == Array("boot".utf8))
    #expect(try answers("E3 already authenticated").statuses == [.alreadyAuthenticated])
    #expect(try answers("E3, 16-byte challenge").block == Array(0..<16))
    #expect(try answers("C6 reg 000E").numbers == [0x1001])
    #expect(try answers("D4 watchdog (BROM, MT6580)").statuses.map(\.rawValue) == [1, 1])
    let config = BootROMTargetConfig(rawValue: try answers("D8, SBC+DAA+bits 5,6,7").number(0))
    #expect(
      config.words == [
        "secure boot (SBC)", "agent authentication (DAA)", "memory read needs authentication",
        "memory write needs authentication", "command C8 blocked",
      ])
  }

  @Test func `the response to a challenge goes little-endian and comes back big-endian`() throws {
    let response = [UInt8](repeating: 0x77, count: 256)
    let text = "> 00 01 00 00\n< 00 00 01 00 | 00 00\n> 77*256\n< 00 00 00 00"
    _ = try BootROMTranscript(text).play(against: BootROMExchange.linkResponse(response))
    var device = BootROMSimulation(
      settings: {
        var settings = BootROMSettings()
        settings.security = HexNumber(2)
        return settings
      }(), quirks: BootROMQuirks(), packetByteCount: 64)
    device.state = .command
    BootROMTranscript("> E3 =\n< 00 00 | 00 00 00 10 | 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F\n" + text)
      .play(against: &device)
    #expect(device.isLinkAuthenticated)
  }

  @Test func `unknown commands are said back and change nothing`() {
    var device = BootROMSimulation(
      settings: BootROMSettings(), quirks: BootROMQuirks(), packetByteCount: 64)
    device.state = .command
    BootROMTranscript("> 99 =\n> A0 =\n> DA =\n> F0 =\n> B3 =\n> FD =\n< 07 66 | 00 00").play(against: &device)
  }

  @Test("tokens are answered as the table says", arguments: BootROMToken.allCases)
  func tokens(token: BootROMToken) throws {
    var settings = BootROMSettings()
    settings.actor = .preloader
    var device = BootROMSimulation(settings: settings, quirks: BootROMQuirks(), packetByteCount: 512)
    let text = "> " + Hex.string(token.bytes, separator: " ") + "\n< " + Hex.string(token.answer, separator: " ")
    BootROMTranscript(text).play(against: &device)
    if token.wantsDisconnect {
      #expect(device.takeOutcome() == nil)
      device.advance(to: .milliseconds(1000))
    }
    #expect(device.takeOutcome() == (token == .fastboot ? .fastboot : .boots))
    _ = try BootROMTranscript("< 52 45 41 44 59\n" + text).play(against: BootROMModeSwitch(token))
  }
}

@Suite struct `Boot ROM: handshake examples` {
  private func device(_ change: (inout BootROMSettings) -> Void = { _ in }) -> BootROMSimulation {
    var settings = BootROMSettings()
    change(&settings)
    return BootROMSimulation(settings: settings, quirks: BootROMQuirks(), packetByteCount: 64)
  }

  @Test func `with a boot ROM`() throws {
    let text = "> A0\n< 5F\n> 0A\n< F5\n> 50\n< AF\n> 05\n< FA"
    var device = device()
    BootROMTranscript(text).play(against: &device)
    let session = try BootROMTranscript(text + "\n> FE\n< FE").play(
      against: BootROMHandshake(probesForAgent: false))
    #expect(session.actor == .bootROM)
  }

  @Test func `with a preloader, which swallows the first byte`() throws {
    let text = "> A0\n> A0\n< 5F\n> 0A\n< F5\n> 50\n< AF\n> 05\n< FA"
    var device = device { $0.actor = .preloader }
    BootROMTranscript(text).play(against: &device)
    let session = try BootROMTranscript(text + "\n> FE\n< 02").play(
      against: BootROMHandshake(probesForAgent: false))
    #expect(session.actor == .preloader(version: 2))
  }

  @Test func `a wrong byte puts the device back to the beginning`() {
    var device = device()
    BootROMTranscript("> A0\n< 5F\n> 50\n< 51\n> A0\n< 5F\n> 0A\n< F5\n> 50\n< AF\n> 05\n< FA\n> FE\n< FE")
      .play(against: &device)
  }

  @Test func `the host begins anew after a wrong answer`() throws {
    let text = "> A0\n< 5F\n> 0A\n< 0B\n> A0\n< 5F\n> 0A\n< F5\n> 50\n< AF\n> 05\n< FA\n> FE\n< FE"
    let session = try BootROMTranscript(text).play(against: BootROMHandshake(probesForAgent: false))
    #expect(session.actor == .bootROM)
  }

  @Test func `a device in command state is asked for its version`() throws {
    let session = try BootROMTranscript("> A0\n< A0\n> FE\n< 03").play(
      against: BootROMHandshake(probesForAgent: false))
    #expect(session.actor == .preloader(version: 3))
  }

  @Test func `READY between answers is read over`() throws {
    let text =
      "> A0\n< 52 45 41 44 59 5F\n> 0A\n< 41 44 59 F5 52 45\n> 50\n< 41 44 59 AF\n> 05\n< FA 52 45 41 44 59\n> FE\n< 02"
    let session = try BootROMTranscript(text).play(against: BootROMHandshake(probesForAgent: false))
    #expect(session.actor == .preloader(version: 2) && session.heardReady)
  }

  @Test func `what an agent says is left to its own session`() {
    for beginning in ["C0", "EF EE EE FE 01 00 00 00 04 00 00 00"] {
      let bytes = Hex.bytes(beginning) ?? []
      #expect(throws: BootROMError.agentRunning(beginning: bytes)) {
        try BootROMTranscript("< " + beginning).playListening(against: BootROMHandshake())
      }
    }
  }

  @Test func `an agent that is silent is found by a frame`() {
    let (header, payload) = ("EF EE EE FE 01 00 00 00 04 00 00 00", "09 00 01 00")
    let answer = "EF EE EE FE 01 00 00 00 04 00 00 00 | 00 00 00 00"
    #expect(
      throws: BootROMError.agentRunning(
        beginning: Hex.bytes("EF EE EE FE 01 00 00 00 04 00 00 00 00 00 00 00") ?? [])
    ) {
      try BootROMTranscript("> \(header)\n> \(payload)\n< \(answer)").play(against: BootROMHandshake())
    }
  }

  @Test("the frame that finds agents does no harm to a boot ROM or preloader", arguments: [false, true])
  func probe(isPreloader: Bool) throws {
    for isSynchronised in [false, true] {
      var settings = BootROMSettings()
      settings.actor = isPreloader ? .preloader : .bootROM
      var quirks = BootROMQuirks()
      quirks.isSynchronised = isSynchronised
      var device = BootROMSimulation(settings: settings, quirks: quirks, packetByteCount: 64)
      let session = try converse(BootROMHandshake(), with: &device)
      #expect(session.actor == (isPreloader ? .preloader(version: 3) : .bootROM))
      guard case .command = device.state else { Issue.record("not in command state"); return }
    }
  }

  /// Lets host and device talk to each other until the host is done.
  private func converse<Session: BootROMSession>(
    _ first: Session, with device: inout BootROMSimulation
  ) throws -> Session {
    var session = first
    var action = session.start()
    var incoming: [UInt8] = []
    for _ in 0..<1000 {
      var count = Int.max
      switch action {
      case .exchange(let bytes, let wanted, _):
        device.receive(bytes.rawSpan, at: .zero)
        count = wanted
      case .sendData(let bytes):
        device.receive(bytes.rawSpan, at: .zero)
        action = session.dataSent()
        continue
      case .drain: break
      case .finish: return session
      }
      while case .transfer(let bytes, _)? = device.transmit() { incoming += bytes }
      if case .drain = action { count = incoming.count }
      if incoming.count < count {
        action = try session.silence(received: incoming.count, after: .zero)
      } else {
        action = try session.receive(Array(incoming.prefix(count)))
        incoming.removeFirst(count)
      }
    }
    Issue.record("no end")
    return session
  }
}

extension BootROMTranscript {
  /// What the device says by itself comes before the host's first byte.
  func playListening<Session: BootROMSession>(against first: Session) throws {
    var session = first
    _ = session.start()
    _ = try session.receive(Array((turns.first?.device ?? []).joined()))
  }
}

@Suite struct `Boot ROM: checksums` {
  @Test("are those of the specification", arguments: [(8, 0x0800), (9, 0x0809)] as [(UInt8, UInt16)])
  func checksum(count: UInt8, expected: UInt16) {
    let bytes = Array(1...count)
    let checksum = BootROMChecksum.of(bytes.rawSpan)
    #expect(checksum == expected)
  }

  @Test func `a byte of zero behind an odd image changes nothing`() {
    let odd = Array(1...9) as [UInt8]
    let even = odd + [0]
    let (first, second) = (BootROMChecksum.of(odd.rawSpan), BootROMChecksum.of(even.rawSpan))
    #expect(first == second)
  }

  @Test func `of images for partitions are sums of words`() {
    #expect(BootROMChecksum.sum32(Array(1...10)) == 0x0C0A_0819)
    #expect(BootROMChecksum.sum32([0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0]) == 0)
  }
}
