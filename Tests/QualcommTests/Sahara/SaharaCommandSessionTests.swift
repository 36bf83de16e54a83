import Qualcomm
import Testing

@Suite struct `Asking a Qualcomm device who it is` {
  private func end(_ status: SaharaStatus) -> [UInt8] {
    SaharaPacket.endOfImage(SaharaEndOfImage(imageID: 0, status: status)).bytes
  }

  private func response(_ command: SaharaClientCommand, _ count: UInt32) -> [UInt8] {
    SaharaPacket.executeResponse(command, byteCount: count).bytes
  }

  private func sent(_ action: SaharaAction) -> [UInt8]? {
    if case .exchange(let bytes, _, _) = action { bytes } else { nil }
  }

  @Test func `the questions follow each other and end with SWITCH_MODE 0`() throws {
    var session = SaharaCommandSession([.serialNumber, .keyHash])
    #expect(sent(session.start(SaharaHello()))?[20] == 3)
    #expect(sent(try session.receive(SaharaPacket.commandReady.bytes)) == SaharaPacket.execute(.serialNumber).bytes)
    #expect(sent(try session.receive(response(.serialNumber, 4))) == SaharaPacket.executeData(.serialNumber).bytes)
    #expect(sent(try session.receive([1, 2])) == nil)
    #expect(sent(try session.receive([3, 4])) == SaharaPacket.execute(.keyHash).bytes)
    _ = try session.receive(response(.keyHash, 32))
    let last = try session.receive(Array(1...32))
    #expect(last == .finish(SaharaPacket.switchMode(.imageTransferPending).bytes))
    #expect(session.answers.serialNumber == 0x0403_0201)
    #expect(session.answers.keyHash?.bytes == Array(1...32))
    #expect(session.answers.isHelloDue && !session.answers.isStuck)
  }

  @Test func `what is asked depends on the version`() {
    #expect(SaharaCommandSession.questions(version: 2) == [.serialNumber, .hardwareID, .keyHash])
    #expect(
      SaharaCommandSession.questions(version: 3, more: [.debugData])
        == [.serialNumber, .chipID, .keyHash, .debugData])
  }

  @Test func `after a refusal the state machine is reset and the rest is asked`() throws {
    var session = SaharaCommandSession([.hardwareID, .keyHash])
    _ = session.startReady()
    #expect(sent(try session.receive(end(.commandNotSupported))) == SaharaPacket.resetStateMachine.bytes)
    #expect(sent(try session.receive(SaharaPacket.hello(SaharaHello()).bytes))?[20] == 3)
    #expect(sent(try session.receive(SaharaPacket.commandReady.bytes)) == SaharaPacket.execute(.keyHash).bytes)
    _ = try session.receive(response(.keyHash, 32))
    _ = try session.receive([UInt8](repeating: 1, count: 32))
    #expect(session.answers.refusals == [.init(question: .hardwareID, status: .commandNotSupported)])
    #expect(session.answers.keyHash != nil && session.answers.isHelloDue)
  }

  @Test func `where the reset brings nothing SWITCH_MODE is tried, and then the questions end`() throws {
    var session = SaharaCommandSession([.serialNumber, .keyHash])
    _ = session.startReady()
    _ = try session.receive(end(.commandFailed))
    #expect(sent(try session.silence()) == SaharaPacket.switchMode(.imageTransferPending).bytes)
    #expect(try session.silence() == .finish(nil))
    #expect(session.answers.isStuck && !session.answers.isHelloDue)
    #expect(session.answers.refusals.count == 1)
  }

  @Test func `a device without command mode is left with its HELLO`() throws {
    var session = SaharaCommandSession([.serialNumber])
    _ = session.start(SaharaHello())
    _ = try session.receive(end(.modeNotSupported))
    let hello = SaharaHello(version: 1)
    #expect(try session.receive(SaharaPacket.hello(hello).bytes) == .finish(nil))
    #expect(session.answers.modeRefusal == .modeNotSupported)
    #expect(session.answers.hello == hello && !session.answers.isStuck)
  }

  @Test func `an empty answer comes as nothing`() throws {
    var session = SaharaCommandSession([.nop, .serialNumber])
    _ = session.startReady()
    #expect(
      try session.receive(response(.nop, 0))
        == .exchange(SaharaPacket.executeData(.nop).bytes, name: "CMD_EXEC_DATA", limit: .milliseconds(100)))
    #expect(sent(try session.silence()) == SaharaPacket.execute(.serialNumber).bytes)
    #expect(session.answers.data[.nop] == [])
  }

  @Test func `hostile answers are refused`() throws {
    var other = SaharaCommandSession([.serialNumber])
    _ = other.startReady()
    #expect(throws: SaharaError.violation(.otherCommand(asked: .serialNumber, answered: .keyHash), during: "CMD_EXEC"))
    {
      try other.receive(response(.keyHash, 4))
    }
    #expect(throws: SaharaError.violation(.oversizedAnswer(byteCount: 0xFFFF_FFFF, limit: 1 << 20), during: "CMD_EXEC"))
    {
      try other.receive(response(.serialNumber, 0xFFFF_FFFF))
    }
    _ = try other.receive(response(.serialNumber, 4))
    #expect(throws: SaharaError.violation(.excessData(received: 5, expected: 4), during: "CMD_EXEC_DATA")) {
      try other.receive([1, 2, 3, 4, 5])
    }
    #expect(throws: SaharaError.silence(during: "CMD_EXEC_DATA", after: .seconds(5))) { try other.silence() }
  }

  @Test func `a refusal in place of the data is one`() throws {
    var session = SaharaCommandSession([.keyHash])
    _ = session.startReady()
    _ = try session.receive(response(.keyHash, 96))
    #expect(sent(try session.receive(end(.commandMismatch))) == SaharaPacket.resetStateMachine.bytes)
    #expect(session.answers.refusals.first?.status == .commandMismatch)
  }

  @Test func `a command that leaves Sahara needs no answer`() throws {
    var session = SaharaSwitchSession(.switchToStreamingDownload)
    _ = session.start(SaharaHello())
    _ = try session.receive(SaharaPacket.commandReady.bytes)
    #expect(try session.silence() == .finish(nil))
    var refused = SaharaSwitchSession(.switchToDownload)
    _ = refused.startReady()
    #expect(throws: SaharaError.refused(.commandNotSupported, during: "CMD_EXEC")) {
      try refused.receive(end(.commandNotSupported))
    }
  }
}
