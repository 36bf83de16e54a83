import Qualcomm
import Synchronization
import Testing

@Suite struct `Finding out what a Qualcomm device is in` {
  private enum Heard {
    case packet(SaharaPacket)
    case bytes([UInt8])
    case silence
  }

  /// Plays what the device says, one thing after each action; returns what was sent and what was found.
  private func probe(
    _ heard: [Heard], wanting mode: SaharaMode = .imageTransferPending, mayBeProgrammer: Bool = true
  ) throws(SaharaError) -> (sent: [[UInt8]], found: SaharaFound?) {
    var probe = SaharaProbe(wanted: mode, mayBeProgrammer: mayBeProgrammer)
    var action = probe.start()
    var sent: [[UInt8]] = []
    for event in heard {
      guard case .exchange(let bytes, _, let limit) = action, limit == .seconds(1) else { break }
      if let bytes { sent.append(bytes) }
      switch event {
      case .packet(let packet): action = try probe.receive(packet.bytes)
      case .bytes(let bytes): action = try probe.receive(bytes)
      case .silence: action = try probe.silence()
      }
    }
    if case .exchange(let bytes?, _, _) = action { sent.append(bytes) }
    return (sent, probe.found)
  }

  private static let hello = SaharaHello()
  private static let xml = Array("<?xml version=\"1.0\"?><data><log value=\"x\"/></data>".utf8)
  private static let response = SaharaPacket.helloResponse(SaharaHelloResponse(mode: .imageTransferPending)).bytes
  private static let nop = Array(#"<?xml version="1.0" ?><data><nop /></data>"#.utf8)
  private static let reset = SaharaPacket.resetStateMachine.bytes
  private static let refusal = SaharaPacket.endOfImage(SaharaEndOfImage(imageID: 0, status: .invalidCommand))

  @Test func `HELLO, XML and HDLC are known at once`() throws {
    #expect(try probe([.packet(.hello(Self.hello))]).found == .hello(Self.hello))
    #expect(try probe([.bytes(Self.xml)]).found == .programmer(beginning: Self.xml))
    #expect(try probe([.bytes([0, 0x0A] + Self.xml)]).found == .programmer(beginning: [0, 0x0A] + Self.xml))
    #expect(try probe([.bytes([0x7E, 1, 2])]).found == .hdlc(beginning: [0x7E, 1, 2]))
  }

  @Test func `silence is answered by HELLO_RSP, a nop and RESET_STATE_MACHINE, in this order`() throws {
    let outcome = try probe([.silence, .silence, .silence])
    #expect(outcome.sent == [Self.response, Self.nop, Self.reset])
    #expect(throws: SaharaError.notResponding) { try probe([.silence, .silence, .silence, .silence]) }
  }

  @Test func `where a dump is wanted no XML is sent`() throws {
    let outcome = try probe([.silence, .silence], wanting: .memoryDebug, mayBeProgrammer: false)
    #expect(outcome.sent.count == 2 && outcome.sent[1] == Self.reset)
  }

  @Test func `a HELLO that was eaten shows by what HELLO_RSP brings`() throws {
    let request = SaharaPacket.readData(SaharaReadData(width: .bits64, imageID: 13, offset: 0, length: 64))
    #expect(try probe([.silence, .packet(request)]).found == .packet(request))
    #expect(try probe([.silence, .packet(.commandReady)], wanting: .command).found == .packet(.commandReady))
    #expect(try probe([.silence, .bytes(Self.xml)]).found == .programmer(beginning: Self.xml))
    #expect(try probe([.silence, .silence, .bytes(Self.xml)]).found == .programmer(beginning: Self.xml))
    #expect(try probe([.silence, .silence, .bytes([0x7E])]).found == .hdlc(beginning: [0x7E]))
  }

  @Test func `an error, or a packet of another mode, is answered by RESET_STATE_MACHINE`() throws {
    for packet in [Self.refusal, .commandReady, .resetResponse, .doneResponse(isComplete: false)] {
      let outcome = try probe([.packet(packet), .packet(.hello(Self.hello))])
      #expect(outcome.sent == [Self.reset])
      #expect(outcome.found == .hello(Self.hello))
    }
    #expect(throws: SaharaError.errorState(.invalidCommand)) { try probe([.packet(Self.refusal), .silence]) }
    #expect(throws: SaharaError.errorState(.invalidCommand)) {
      try probe([.packet(Self.refusal), .packet(Self.refusal)])
    }
  }

  @Test func `the rest of an earlier answer is read away, within a limit`() throws {
    let noise = [UInt8](repeating: 0x55, count: 4096)
    let outcome = try probe([.bytes(noise), .bytes(noise), .bytes([]), .packet(.hello(Self.hello))])
    #expect(outcome.found == .hello(Self.hello))
    #expect(throws: SaharaError.violation(.noise(byteCount: 8_392_704), during: "HELLO")) {
      try probe(Array(repeating: .bytes(noise), count: 3000))
    }
    #expect(throws: SaharaError.violation(.noise(byteCount: 0), during: "HELLO")) {
      try probe(Array(repeating: .bytes([]), count: 100))
    }
  }

  @Test func `a trickle of such bytes ends as well`() throws {
    let time = Mutex(Duration.zero)
    var probe = SaharaProbe(wanted: .imageTransferPending, now: { time.withLock { $0 } })
    _ = probe.start()
    var seconds = 0
    #expect(throws: SaharaError.violation(.noise(byteCount: 32), during: "HELLO")) {
      while seconds < 1000 {
        _ = try probe.receive([0x55])
        seconds += 1
        time.withLock { $0 += .seconds(1) }
      }
    }
    #expect(seconds == 31)
  }

  @Test func `a device that accepts no version of ours is told so`() {
    #expect(throws: SaharaError.incompatibleVersion(device: 9, minimum: 4)) {
      try probe([.packet(.hello(SaharaHello(version: 9, minimumVersion: 4)))])
    }
  }

  @Test func `a host's packet from a device is a violation`() {
    #expect(throws: SaharaError.violation(.unexpected(.done), during: "HELLO")) { try probe([.packet(.done)]) }
  }
}
