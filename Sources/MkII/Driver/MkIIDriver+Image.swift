import FlashCore
import FlashImages

extension MkIIDriver {
  /// Sends one image and returns when the device has finished it.
  ///
  /// Every error but `noRawEndpoint` comes as `MkIIError.sending`, with the state the device was left in. When the task
  /// is cancelled the current step, a message or a block, is brought to its end first.
  func send(
    _ order: MkIIImageOrder, from image: ImageReference, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws(MkIIError) {
    guard channel.rawOutput != nil else { throw .noRawEndpoint }
    var run = MkIIImageRun(
      session: MkIIImageSession(order, transport: channel.transport, memory: memory, policy: policy), image: image,
      report: progress)
    do throws(MkIIError) {
      let stream = try run.open()
      var action = run.session.start(now: clock.now)
      while action != .finish {
        if Task.isCancelled { throw .cancelled }
        action = try await perform(action, run: &run, stream: stream)
      }
      memory = run.session.memory
    } catch {
      memory = run.session.memory
      let failure = await afterFailure(error, run: &run)
      throw .sending(run.session.progress, failure: failure)
    }
  }

  private func perform(
    _ action: MkIIImageSession.Action, run: inout MkIIImageRun, stream: ImageStream
  ) async throws(MkIIError) -> MkIIImageSession.Action {
    switch action {
    case .request(let request):
      let reply = try await shielded { await self.attempt(request) }
      let next = try run.session.receive(reply, now: clock.now)
      run.tell(observer, after: request.type)
      return next
    case .sendBlock(let byteCount):
      try await sendBlock(byteCount, run: &run, stream: stream)
      let next = run.session.blockSent(now: clock.now)
      run.report(.bytes(run.session.progress.accepted))
      return next
    case .pause(let moment):
      observer(.waiting(for: run.waiting))
      try await pause(until: moment)
      return run.session.resume(now: clock.now)
    case .finish:
      return .finish
    }
  }

  private func sendBlock(_ byteCount: UInt32, run: inout MkIIImageRun, stream: ImageStream) async throws(MkIIError) {
    observer(.waiting(for: .rawData(image: run.session.order.name)))
    let beginning = run.beginning(ofBlock: byteCount)
    trace(beginning, fromDevice: false, label: "raw data", omitted: UInt64(byteCount) - UInt64(beginning.count))
    let failure = await Task { [channel, policy] () -> StreamError? in
      do throws(StreamError) {
        try await channel.sendRaw(stream, byteCount: byteCount, policy: policy)
        return nil
      } catch { return error }
    }.value
    switch failure {
    case nil: return
    case .image(let error): throw .file(error)
    case .link(let error, let accepted):
      run.session.blockFailed(accepted: accepted)
      run.isBlockBroken = true
      if Task.isCancelled, case .timedOut = error { throw .cancelled }
      throw .rawWriteFailed(error, deviceCode: nil)
    }
  }

  /// Asks the device once what it makes of a failed block or a cancellation, and completes the error with that.
  ///
  /// Inside a block over TCP the question would be taken for image data, so there it is not asked.
  private func afterFailure(_ error: MkIIError, run: inout MkIIImageRun) async -> MkIIError {
    switch error {
    case .rawWriteFailed(let link, _):
      guard !channel.isStream, link != .disconnected else { return error }
      return .rawWriteFailed(link, deviceCode: await lastPoll(&run))
    case .cancelled:
      if !(channel.isStream && run.isBlockBroken) { _ = await lastPoll(&run) }
      return error
    default:
      return error
    }
  }

  /// One status poll with a short limit: the device's code, if it answered.
  private func lastPoll(_ run: inout MkIIImageRun) async -> MkIIStatusCode? {
    guard run.session.hasHandle else { return nil }
    let request = run.session.statusRequest
    let limit = min(policy.lastPollLimit, policy.messageLimit)
    do throws(MkIIError) {
      let reply = try await shielded { await self.attempt(request, limit: limit) }
      try run.session.note(reply)
      return .success
    } catch {
      if case .refused(_, let code) = error { return code }
      return nil
    }
  }
}

/// One image on its way: the session, where its bytes are, and whom to tell.
struct MkIIImageRun {
  static let tracedByteCount = 32

  var session: MkIIImageSession
  let image: ImageReference
  let report: @Sendable (WriteProgress) -> Void
  /// Whether a block went out only in part.
  var isBlockBroken = false
  private var toldNotices = 0

  init(session: MkIIImageSession, image: ImageReference, report: @escaping @Sendable (WriteProgress) -> Void) {
    self.session = session
    self.image = image
    self.report = report
  }

  func open() throws(MkIIError) -> ImageStream {
    do throws(ImageError) { return try ImageStream(try image.source()) } catch { throw .file(error) }
  }

  /// The first bytes of the next block, read on their own for the trace: the block itself goes from the file to the
  /// transfer buffer untouched.
  func beginning(ofBlock byteCount: UInt32) -> [UInt8] {
    let position = session.progress.accepted
    guard position < image.length else { return [] }
    let count = min(UInt64(Self.tracedByteCount), UInt64(byteCount), image.length - position)
    let file = try? RegularFile(path: image.path)
    return (try? file?.bytes(at: image.offset + position, count: Int(count))) ?? []
  }

  var waiting: SessionEvent.Waiting {
    let state = session.progress.lastState
    if session.isSettling {
      return .settling(image: session.order.name, state: state?.name ?? "unknown", percent: state?.percent)
    }
    return .buffer(available: UInt64(session.room.available), needed: UInt64(session.room.needed))
  }

  /// Hands on what a reply has brought: notices, and the device's state once everything is sent.
  mutating func tell(_ observer: SessionObserver, after request: MkIIMessageType) {
    for notice in session.notices.dropFirst(toldNotices) {
      observer(.notice(code: notice.code, facts: notice.facts))
    }
    toldNotices = session.notices.count
    if request == .status, session.isSettling, let state = session.progress.lastState {
      report(.settling(state: state.name, percent: state.percent))
    }
  }
}
