import FlashCore

extension SaharaDriver {
  /// Asks the device who it is, in command mode, and leaves it as it was: with HELLO to come.
  ///
  /// `more` is asked after what every device is asked. Throws only where the device is in no state to be asked; what it
  /// does not want to tell is in the answers.
  func interrogate(more: [SaharaClientCommand]) async throws(SaharaError) -> (answers: SaharaAnswers, version: UInt32?)
  {
    let found = try await begin(wanting: .command)
    var version: UInt32?
    if case .hello(let hello) = found { version = hello.version }
    // A device whose HELLO was lost is taken for one of version 2 (6.2).
    var session = SaharaCommandSession(
      SaharaCommandSession.questions(version: version ?? 2, more: more), policy: policy)
    switch found {
    case .hello(let hello): try await run(&session, from: session.start(hello))
    case .packet: try await run(&session, from: session.startReady())
    case .programmer: throw .programmerRunning
    case .hdlc: throw .hdlc
    }
    let answers = session.answers
    for refusal in answers.refusals {
      notice("sahara.question-refused", ["question": refusal.question.name, "status": hex(refusal.status)])
    }
    if let status = answers.modeRefusal { notice("sahara.no-command-mode", ["status": hex(status)]) }
    if answers.isStuck { notice("sahara.stuck") }
    keep(answers.hello)
    return (answers, version)
  }

  private func hex(_ status: SaharaStatus) -> String {
    "0x" + String(status.rawValue, radix: 16) + (status.meaning.map { " “\($0)”" } ?? "")
  }

  /// Makes the device leave Sahara for another protocol.
  func leave(by command: SaharaClientCommand) async throws(SaharaError) {
    let found = try await begin(wanting: .command)
    var session = SaharaSwitchSession(command, policy: policy)
    do throws(SaharaError) {
      switch found {
      case .hello(let hello): try await run(&session, from: session.start(hello))
      case .packet: try await run(&session, from: session.startReady())
      case .programmer: throw .programmerRunning
      case .hdlc: throw .hdlc
      }
    } catch {
      // Gone from the bus is what was asked for, once the command is on its way.
      if case .transfer(.disconnected, let step) = error, step != SaharaCommand.helloResponse.name { return }
      throw error
    }
  }

  /// Restarts the device; returns when it has acknowledged. A device that leaves at once has acknowledged, too.
  func reset() async throws(SaharaError) {
    try await send(SaharaPacket.reset.bytes, name: SaharaCommand.reset.name)
    do throws(SaharaError) {
      for _ in 0..<Self.skippedPackets {
        guard let transfer = try await receive(name: SaharaCommand.reset.name, limit: policy.packetLimit) else {
          throw .silence(during: SaharaCommand.reset.name, after: policy.packetLimit)
        }
        if SaharaTransfer.isXML(transfer) { throw .programmerRunning }
        switch try SaharaTransfer.packet(transfer, during: SaharaCommand.reset.name) {
        case .resetResponse: return
        case .endOfImage(let end): throw .refused(end.status, during: SaharaCommand.reset.name)
        default: continue
        }
      }
      throw .violation(.unexpected(.hello), during: SaharaCommand.reset.name)
    } catch {
      guard case .transfer(.disconnected, _) = error else { throw error }
      notice("sahara.reset-reply-lost")
    }
  }

  /// Packets of an earlier exchange that may stand before the answer to RESET.
  private static let skippedPackets = 4

  /// Brings a device out of its error state: RESET_STATE_MACHINE, which makes it say HELLO again.
  ///
  /// HELLO is read as a proof, and asked for once more, so that the next session finds one.
  func resetStateMachine() async throws(SaharaError) -> SaharaHello {
    let name = SaharaCommand.resetStateMachine.name
    try await send(SaharaPacket.resetStateMachine.bytes, name: name)
    for _ in 0..<Self.skippedPackets {
      guard let transfer = try await receive(name: name, limit: policy.packetLimit) else { throw .notResponding }
      if SaharaTransfer.isXML(transfer) { throw .programmerRunning }
      switch try SaharaTransfer.packet(transfer, during: name) {
      case .hello(let hello):
        try await send(SaharaPacket.resetStateMachine.bytes, name: name)
        keep(nil)
        return hello
      case .endOfImage(let end): throw .errorState(end.status)
      default: continue
      }
    }
    throw .violation(.unexpected(.hello), during: name)
  }
}
