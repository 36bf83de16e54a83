import USBWire

/// The host's side of one simulated device: takes transfers as an operating system submits them, several at a time and
/// on several endpoints, makes them at a `SimulatedPort`, and gives back how each one ended. No I/O, no waiting.
///
/// An endpoint's transfers take place in the order of their submission. A transfer that the device does not answer
/// stays at the front until something has changed: time, another transfer, or its being unlinked. When an endpoint has
/// halted, all its transfers fail at once, and so do later ones, until the halt is cleared by a control request.
///
/// How transfers end (`USBIPStatus`): `stalled` for a halt or a refused request, `overflow` for a packet of the device
/// that does not fit, `short` for fewer bytes than wanted where the host said that this is an error, `gone` when the
/// device has left, `invalid` for an endpoint there is not and a control request that contradicts itself.
struct HostController: Sendable {
  /// Where the device is. Whoever owns the controller may use it too.
  var port: SimulatedPort
  /// Memory for the data of transfers to the device.
  var buffers = URBBufferPool()
  /// Bytes of data in transfers that have not ended.
  private(set) var heldByteCount = 0
  /// Bytes that the completions which have not been taken make for whoever passes them on.
  private(set) var finishedByteCount = 0
  /// Whether the last run stopped because there was no room for further completions.
  private(set) var isShortOfRoom = false

  private var wire: WireSchedule
  private var queues = [EndpointQueue](repeating: EndpointQueue(), count: 32)
  /// Where each transfer that has not ended is queued.
  private var places: [UInt32: Int] = [:]
  private var finished: [Finished] = []
  /// The queue that is looked at first, so that each has its turn.
  private var turn = 0
  /// By how much the completions that were taken last were late: nobody looked when their time on the wire was over.
  private var lateness = Duration.zero
  /// The device's appearance on the bus that the host has connected to.
  private var attachment = 1

  private struct Finished {
    var completion: URBCompletion
    var notBefore: Duration
  }

  /// What a completion without data counts in `finishedByteCount`.
  static let completionByteCount = USBIPReply.byteCount

  init(port: SimulatedPort, wire: WireModel) {
    self.port = port
    self.wire = WireSchedule(wire)
  }

  /// Transfers that have not ended.
  var transferCount: Int { places.count }

  /// When something happens by itself; `nil` when only the host can make something happen.
  var nextWake: Duration? {
    var wake = port.nextWake
    func consider(_ moment: Duration) { wake = min(wake ?? moment, moment) }
    if let first = finished.first { consider(first.notBefore) }
    if wire.model != .unlimited, !isShortOfRoom, queues.contains(where: { $0.active?.readySince != nil }) {
      consider(wire.freeAt)
    }
    return wake
  }

  // MARK: From the host

  /// A host begins to use the device, which is not configured.
  mutating func connect() { attachment = port.attachments }

  /// The host has gone, which to the device is a pulled cable. Its transfers are forgotten.
  mutating func disconnect(at now: Duration) {
    removeAll()
    if !isGone { port.reset(at: now) }
  }

  /// Whether the device that the host has connected to has left the bus, be it that it is back.
  var isGone: Bool { !port.isAttached || port.attachments != attachment }

  /// Takes a transfer; `false` when one with the same number has not ended yet.
  mutating func submit(_ urb: URB, at now: Duration) -> Bool {
    let endpoint = urb.request.endpoint
    let place = endpoint.number == 0 ? 0 : Int(endpoint.number) + (endpoint.isInput ? 16 : 0)
    guard places.updateValue(place, forKey: urb.request.sequence) == nil else { return false }
    heldByteCount += urb.heldByteCount
    // The host can only react to what it has been told: that this was late is not the host's delay.
    queues[place].append(urb, at: max(.zero, now - lateness))
    return true
  }

  /// How an attempt to take a transfer back ended.
  enum Unlinked: Equatable {
    /// In time: it has not ended, and will have no completion.
    case inTime
    /// It has ended before, or has never been. If its completion was still to be taken, here it is.
    case tooLate(URBCompletion?)
  }

  /// Takes a transfer back. What the device has been given of it stays with the device.
  mutating func unlink(_ sequence: UInt32, at now: Duration) -> Unlinked {
    guard let place = places.removeValue(forKey: sequence) else { return .tooLate(takeCompletion(of: sequence)) }
    if let output = queues[place].active?.output, queues[place].active?.urb.request.sequence == sequence {
      port.abandon(output, at: now)
    }
    if let urb = queues[place].remove(sequence) { release(urb) }
    return .inTime
  }

  private mutating func takeCompletion(of sequence: UInt32) -> URBCompletion? {
    guard let index = finished.firstIndex(where: { $0.completion.sequence == sequence }) else { return nil }
    let completion = finished.remove(at: index).completion
    finishedByteCount -= Self.completionByteCount + completion.data.count
    return completion
  }

  /// Takes back all transfers, and forgets the completions that nobody has taken.
  private mutating func removeAll() {
    for place in queues.indices {
      for urb in queues[place].removeAll() { release(urb) }
    }
    places = [:]
    finished = []
    finishedByteCount = 0
  }

  private mutating func note(_ last: Finished, takenAt now: Duration) {
    let late = now - last.notBefore
    lateness = wire.model == .unlimited || last.notBefore == .zero ? .zero : min(max(.zero, late), Self.latenessLimit)
  }

  /// A machine that stops for longer is no matter of timers.
  private static let latenessLimit = Duration.milliseconds(5)

  /// Ends all transfers with `status`, and lets the completions of the wire that still is not through be taken at once.
  mutating func failAll(_ status: USBIPStatus) {
    for index in finished.indices { finished[index].notBefore = .zero }
    for place in queues.indices {
      for urb in queues[place].removeAll() {
        places[urb.request.sequence] = nil
        release(urb)
        finish(urb, .init(status: status), notBefore: .zero)
      }
    }
  }

  private mutating func release(_ urb: URB) {
    heldByteCount -= urb.heldByteCount
    if let payload = urb.payload { buffers.giveBack(payload) }
  }

  // MARK: At the device

  /// Lets time pass and moves what can be moved, until completions of `room` bytes wait to be taken.
  mutating func run(at now: Duration, room: Int = .max) {
    port.advance(to: now)
    isShortOfRoom = false
    var hasMoved = true
    while hasMoved, !places.isEmpty, !isGone {
      hasMoved = false
      for offset in queues.indices {
        let place = (turn + offset) % queues.count
        guard !queues[place].isEmpty else { continue }
        guard finishedByteCount < room else {
          isShortOfRoom = true
          return
        }
        if step(place, at: now) {
          turn = (place + 1) % queues.count
          hasMoved = true
          break
        }
      }
    }
  }

  /// Makes one step of a queue's first transfer and returns whether anything has moved.
  private mutating func step(_ place: Int, at now: Duration) -> Bool {
    guard wire.isFree(at: now), var transfer = queues[place].active else { return false }
    let step = transfer.step(at: &port, pieceByteCount: wire.model == .unlimited ? .max : Self.pacedPiece, now)
    guard step.ending != nil || step.byteCount > 0 else {
      transfer.readySince = nil
      queues[place].update(transfer)
      return false
    }
    let end = wire.take(cost(of: step, transfer), ready: transfer.readySince ?? now)
    if wire.model != .unlimited { wakeWaiting(besides: place, at: end) }
    guard let ending = step.ending else {
      transfer.readySince = end
      queues[place].update(transfer)
      return true
    }
    let urb = transfer.urb
    places[urb.request.sequence] = nil
    queues[place].advance()
    release(urb)
    finish(urb, ending, notBefore: end)
    return true
  }

  /// What the device has been given, or got rid of, may be what another transfer has been waiting for: that can go on when
  /// this one is through on the wire, not when somebody looks. If it is not so, it waits on as soon as it is tried.
  private mutating func wakeWaiting(besides place: Int, at end: Duration) {
    for other in queues.indices where other != place {
      guard var transfer = queues[other].active, transfer.readySince == nil else { continue }
      transfer.readySince = end
      queues[other].update(transfer)
    }
  }

  /// On a paced wire a device gets its data in pieces of whole packets, about half a millisecond at high speed.
  private static let pacedPiece = 32 << 10

  private func cost(of step: TransferStep, _ transfer: EndpointQueue.Active) -> Duration {
    guard wire.model != .unlimited else { return .zero }
    let endpoint = transfer.urb.request.endpoint
    if endpoint.number == 0 { return wire.model.duration(ofControl: step.byteCount) }
    let packetSize = port.endpoint(endpoint).map { Int($0.maximumPacketSize & 0x7FF) } ?? 512
    return wire.model.duration(of: step.byteCount, packetSize: packetSize)
  }

  private mutating func finish(_ urb: URB, _ ending: TransferStep.Ending, notBefore: Duration) {
    let completion = URBCompletion(
      sequence: urb.request.sequence, status: ending.status, byteCount: ending.byteCount, data: ending.data)
    finishedByteCount += Self.completionByteCount + completion.data.count
    finished.append(Finished(completion: completion, notBefore: notBefore))
  }

  /// How the transfers ended whose time on the wire is over, in that order; each is told once.
  mutating func takeCompletions(at now: Duration) -> [URBCompletion] {
    let count = finished.firstIndex { $0.notBefore > now } ?? finished.count
    guard count > 0 else { return [] }
    note(finished[count - 1], takenAt: now)
    let taken = finished[..<count].map(\.completion)
    finished.removeFirst(count)
    for completion in taken { finishedByteCount -= Self.completionByteCount + completion.data.count }
    return taken
  }
}
