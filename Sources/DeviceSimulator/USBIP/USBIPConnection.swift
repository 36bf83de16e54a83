import USBWire

/// The connection of the one client that has imported a device: commands in, replies out, nothing that waits.
final class USBIPConnection {
  let socket: StreamSocket
  /// The device as the client's commands have to name it.
  private let deviceID: UInt32
  private let receiver = USBIPReceiver()
  private var replies = USBIPReplies()
  /// Until when the last replies may be read; `nil` while the connection is in use.
  private(set) var closesBy: Duration?
  private var hasFinishedSending = false

  /// `greeting` is sent before anything else.
  init(_ socket: StreamSocket, deviceID: UInt32, greeting: [UInt8]) {
    self.socket = socket
    self.deviceID = deviceID
    replies.append(greeting)
  }

  /// What a turn of the connection came to.
  enum Turn: Equatable {
    /// Bytes have moved, and more may be there already.
    case moved
    /// The client, the device or time has to do something first.
    case waits
    /// The client has gone, or has had its last replies.
    case over
  }

  /// Whether there is room for further replies, and so a point in reading further commands.
  var wantsInput: Bool { closesBy != nil || replies.byteCount < USBIPLimits.replyByteCount }
  var hasOutput: Bool { !replies.isEmpty }

  // MARK: In use

  /// Reads what is there, lets the device act, and sends what that gives.
  func exchange(with controller: inout HostController, at now: Duration) throws(USBIPViolation) -> Turn {
    if closesBy != nil {
      controller.port.advance(to: now)
      return close(at: now)
    }
    let progress = wantsInput ? receiver.receive(from: socket) : .wouldBlock
    if case .moved = progress { try takeCommands(into: &controller, at: now) }
    controller.run(at: now, room: USBIPLimits.replyByteCount - replies.byteCount)
    collect(from: &controller, at: now)
    guard replies.send(to: socket), progress != .closed else { return .over }
    if controller.isGone {
      controller.failAll(.gone)
      collect(from: &controller, at: now)
      closesBy = now + Self.lingerLimit
      return .moved
    }
    return progress != .wouldBlock || controller.isShortOfRoom && wantsInput ? .moved : .waits
  }

  private func takeCommands(into controller: inout HostController, at now: Duration) throws(USBIPViolation) {
    while true {
      let held = (count: controller.transferCount, bytes: controller.heldByteCount)
      let command = try receiver.next(&controller.buffers) { request throws(USBIPViolation) in
        try check(request, held)
      }
      switch command {
      case nil: return
      case .submit(let urb):
        guard controller.submit(urb, at: now) else { throw .repeatedSequence(urb.request.sequence) }
      case .unlink(let unlink): answer(unlink, with: &controller, at: now)
      }
    }
  }

  private func check(_ request: USBIPSubmit, _ held: (count: Int, bytes: Int)) throws(USBIPViolation) {
    guard request.deviceID == deviceID else { throw .wrongDevice(id: request.deviceID, expected: deviceID) }
    guard !request.isIsochronous else { throw .isochronous }
    guard request.byteCount <= USBIPLimits.transferByteCount else {
      throw .transferTooLong(byteCount: request.byteCount, limit: USBIPLimits.transferByteCount)
    }
    guard held.count < USBIPLimits.transferCount else { throw .tooManyTransfers(limit: USBIPLimits.transferCount) }
    guard request.endpoint.isInput || held.bytes + request.byteCount <= USBIPLimits.heldByteCount else {
      throw .tooMuchData(limit: USBIPLimits.heldByteCount)
    }
  }

  /// After the answer to an UNLINK there must be none to the SUBMIT: a completion that was on its way goes first.
  private func answer(_ unlink: USBIPUnlink, with controller: inout HostController, at now: Duration) {
    switch controller.unlink(unlink.target, at: now) {
    case .inTime: replies.append(.unlink(sequence: unlink.sequence, status: .unlinked))
    case .tooLate(let completion):
      if let completion { replies.append(completion) }
      replies.append(.unlink(sequence: unlink.sequence, status: .done))
    }
  }

  private func collect(from controller: inout HostController, at now: Duration) {
    for completion in controller.takeCompletions(at: now) { replies.append(completion) }
  }

  // MARK: Ending

  /// How long a client may take to read the last replies and to close.
  private static let lingerLimit: Duration = .milliseconds(500)

  /// Sends what is left, then waits for the client to close: closing first could take back what it has not read.
  private func close(at now: Duration) -> Turn {
    guard replies.send(to: socket), let closesBy, now < closesBy else { return .over }
    guard replies.isEmpty else { return .waits }
    if !hasFinishedSending {
      hasFinishedSending = true
      socket.finishSending()
    }
    switch receiver.discard(from: socket) {
    case .moved: return .moved
    case .wouldBlock: return .waits
    case .closed: return .over
    }
  }
}
