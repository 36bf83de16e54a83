import FlashImages
import MkII
import WireFormat

/// The requests around an image: `docs/protocols/mkii.md` 9.
extension SimulatedRX51 {
  mutating func handleBegin(_ request: MkIIMessage) {
    if case .failed = state, !settings.isRecoverable { return reply(to: request, .wrongState) }
    guard !isStuck else { return reply(to: request, .wrongState) }
    begins += 1
    if quirks.refusesSecondBegin, begins > 1 { return reply(to: request, .wrongState) }
    abortImage()
    state = .session
    reply(to: request, .success)
  }

  mutating func handleImageHeader(_ request: MkIIMessage) {
    let header: RX51ImageHeader
    do { header = try RX51ImageHeader(parsing: request.data) } catch { return reply(to: request, .malformed) }
    guard settings.supportedImages.names.contains(header.file.name) else {
      return reply(to: request, .unsupportedImage)
    }
    guard header.suits(device: settings.productCode, revision: settings.hardwareBuild.text) else {
      return reply(to: request, .mismatch)
    }
    abortImage()
    let handle = settings.handles == .zero ? 0 : images
    images &+= 1
    self.header = header
    upload = RX51Upload(handle: handle, size: header.file.size, pace: pace(for: header))
    state = .header
    reply(
      to: request,
      data: MkIIImageHeaderReply(handle: handle, granularity: settings.effectiveGranularity)
        .serialize(layout: settings.layout))
  }

  /// N9 devices were seen to stop at exactly 32768 kB (9.5, 11.3): the quirk does that to any longer image.
  private func pace(for header: RX51ImageHeader) -> RX51Upload.Pace {
    RX51Upload.Pace(
      rate: settings.consumeRate, holdBack: min(settings.effectiveHoldBack, UInt64(settings.window.value)),
      initTime: settings.initTime, finishTime: settings.finishTime,
      isFrozen: quirks.frozenCredit && header.file.size > Self.frozenByteCount)
  }

  private static let frozenByteCount: UInt32 = 0x0200_0000

  mutating func handleSetSource(_ request: MkIIMessage) {
    guard request.data.count >= 4, let header, let upload, handle(in: request) == upload.handle,
      request.data.dropFirst(4).elementsEqual((isStream ? "tcp:raw" : "usb:raw").utf8)
    else { return reply(to: request, .malformed) }
    guard rawEndpoint != nil else { return reply(to: request, .general) }
    if image == nil {
      do throws(SimulatorError) {
        image = try store.begin(header)
      } catch {
        return refuseForStorage(error, request)
      }
    }
    state = .receiving
    reply(to: request, .success)
  }

  /// The folder cannot take the image: the device says what a device with broken storage would say.
  private mutating func refuseForStorage(_ error: SimulatorError, _ request: MkIIMessage) {
    report(error)
    state = .failed(code: RX51Status.general.rawValue)
    reply(to: request, .general)
  }

  mutating func report(_ error: SimulatorError) {
    guard case .storage(let operation, let path, let errno) = error else { return }
    events.append(.storageFailed(operation: operation, path: path, errno: errno))
  }

  mutating func handlePrepareBlock(_ request: MkIIMessage) {
    guard request.data.count >= 8, let upload, handle(in: request) == upload.handle,
      let byteCount = try? request.data.rawSpan.load(bigEndian: UInt32.self, at: 4),
      byteCount > 0, UInt64(byteCount) <= UInt64(credit), UInt64(byteCount) <= upload.remaining
    else { return reply(to: request, .malformed) }
    state = .block(left: byteCount)
    reply(to: request, .success)
  }

  mutating func handleStatus(_ request: MkIIMessage) {
    if case .failed(let code) = state { return reply(to: request, data: [code]) }
    guard let handle = handle(in: request), handle == upload?.handle ?? 0 else {
      return reply(to: request, .malformed)
    }
    guard let upload else {
      return reply(to: request, data: MkIIStatusReply(state: 0, total: 0).serialize(layout: settings.layout))
    }
    var words = upload.status(at: now)
    if quirks.unknownStates { words.state = [2: 7, 3: 7, 4: 8, 5: 8][words.state] ?? words.state }
    if quirks.totalUnknown { words.total = 0 }
    reply(
      to: request,
      data: MkIIStatusReply(
        state: words.state, percent: words.percent, word8: words.written, word12: words.speed, total: words.total
      ).serialize(layout: settings.layout))
  }

  private func handle(in request: MkIIMessage) -> UInt32? {
    try? request.data.rawSpan.load(bigEndian: UInt32.self, at: 0)
  }

  // MARK: Credit

  /// Bytes the device can buffer now: W − (sent − consumed).
  var credit: UInt32 {
    guard let upload else { return 0 }
    let buffered = quirks.frozenCredit ? min(upload.buffered, UInt64(Self.frozenByteCount)) : upload.buffered
    return UInt32(clamping: UInt64(settings.window.value) - min(buffered, UInt64(settings.window.value)))
  }

  /// The longest a credit poll may make the service wait, whatever it asks for.
  private static let longestPoll: UInt32 = 60_000

  mutating func handleWaitCredit(_ request: MkIIMessage) {
    guard let time = try? request.data.rawSpan.load(bigEndian: UInt32.self, at: 0) else {
      return reply(to: request, .malformed)
    }
    creditPolls += 1
    let isHungry = isReceiving && credit > 0 && !refusesCredit && upload?.isComplete == false
    if isHungry || time == 0 {
      reply(to: request, data: creditReply)
    } else {
      deferred = .credit(request, until: now + .milliseconds(Int64(min(time, Self.longestPoll))))
    }
  }

  /// Once all data are in there is nothing to be hungry for: the poll lasts as long as the host asked, which paces
  /// its loop (9.8), and then tells the credit as it is.
  private var creditReply: [UInt8] {
    guard let upload, isReceiving || upload.isComplete, credit > 0, !refusesCredit else {
      return MkIICreditReply.none.serialize(layout: settings.layout)
    }
    return MkIICreditReply(entries: [.init(handle: upload.handle, credit: credit)]).serialize(layout: settings.layout)
  }

  private var isReceiving: Bool {
    switch state {
    case .receiving, .block: true
    default: false
    }
  }

  private var refusesCredit: Bool { creditPolls <= quirks.zeroCredit?.value ?? 0 }

  /// Answers a request that has been waiting, if its time has come.
  mutating func finishDeferred() {
    switch deferred {
    case .ping(let request, let until) where until <= now:
      deferred = nil
      reply(to: request, data: [])
    case .credit(let request, let until):
      let isHungry = isReceiving && credit > 0 && !refusesCredit && upload?.isComplete == false
      guard until <= now || isHungry else { return }
      deferred = nil
      reply(to: request, data: creditReply)
    case .ping, nil: break
    }
  }
}
