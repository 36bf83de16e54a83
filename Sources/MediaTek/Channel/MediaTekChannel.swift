import FlashCore
import FlashImages
import USBWire
import WireFormat

/// A link opened for MediaTek's download protocols: bytes out in transfers, bytes in as a stream.
///
/// Boot ROM, preloader and agents use the same endpoints, so the channel outlives each of them. Reading never loses
/// anything: requests are whole packets, what a transfer brings beyond what was asked for is kept for the next read, and
/// what came before a limit passed is too. Devices that put several fields in one transfer, or one field in several, look
/// the same from here. What is expected to come next may be asked for ahead. Source: `docs/protocols/mtk-brom.md` 3.
actor MediaTekChannel {
  nonisolated let link: any Link
  nonisolated let endpoints: MediaTekEndpoints
  /// Bytes that have come and nobody has asked for yet.
  private var kept: [UInt8] = []
  private var plan: RequestPlan
  private var queue: (any ReceiveQueue)?
  /// The end of the last frame, which goes where it belongs while the device is at work on the next.
  private var held: Held?
  private var heldError: ImageError?

  nonisolated var clock: any LinkClock { link.clock }

  private init(link: any Link, endpoints: MediaTekEndpoints) {
    self.link = link
    self.endpoints = endpoints
    plan = RequestPlan(packetByteCount: endpoints.packetByteCount)
  }

  /// Finds the interfaces, claims them, and sets the line as serial ports want it, which devices may refuse.
  ///
  /// Throws `BootROMError.noInterface` or `.transfer`. Called again after a re-enumeration.
  static func open(_ link: any Link) async throws(BootROMError) -> MediaTekChannel {
    guard let endpoints = MediaTekEndpoints(link.kind) else { throw .noInterface }
    guard !endpoints.isStream else { return MediaTekChannel(link: link, endpoints: endpoints) }
    do throws(LinkError) {
      if let communication = endpoints.communication { try await link.claim(interface: communication) }
      try await link.claim(interface: endpoints.interface)
    } catch {
      throw BootROMError(error, during: "open")
    }
    try await SerialLine.prepare(link)
    return MediaTekChannel(link: link, endpoints: endpoints)
  }

  // MARK: Writing

  /// Sends `bytes` as one transfer, without a zero-length packet behind it.
  func write(_ bytes: [UInt8], limit: Duration) async throws(LinkError) {
    do throws(LinkError) {
      try await link.send(bytes, to: endpoints.output, terminated: false, timeout: limit)
    } catch {
      await recover(from: error, of: endpoints.output)
      throw error
    }
  }

  /// Sends each of `transfers` as one, without waiting between them where the link can have several in flight. Right before
  /// them goes what has been planned to be asked for ahead.
  func write(each transfers: [[UInt8]], limit: Duration) async throws(LinkError) {
    let requests = queue.map { plan.make(limit: Self.limit(of: $0)) } ?? []
    do throws(LinkError) {
      try await link.send(each: transfers, to: endpoints.output, timeout: limit, asking: queue, for: requests)
    } catch {
      await recover(from: error, of: endpoints.output)
      throw error
    }
  }

  /// Sends the next bytes of an image, in transfers of `transferByteCount` (a multiple of the packet size), several in
  /// flight. `head` goes first, each of it as one transfer; `following` is how long the transfers are with which the device
  /// is expected to answer it all, and is asked for before.
  func write(
    _ image: ImageStream, byteCount: UInt64, transferByteCount: Int, idleLimit: Duration, behind head: [[UInt8]] = [],
    following: [UInt64] = []
  ) async throws(StreamError) {
    if !endpoints.isStream, kept.isEmpty { plan.follow(with: following, in: Self.requestByteCount) }
    let requests = queue.map { plan.make(limit: Self.limit(of: $0)) } ?? []
    do throws(StreamError) {
      try await link.sendStream(
        image, byteCount: byteCount, to: endpoints.output, transferSize: transferByteCount, idleLimit: idleLimit,
        behind: StreamHead(head, asking: queue, for: requests))
    } catch {
      if case .link(let failure, _) = error { await recover(from: failure, of: endpoints.output) }
      throw error
    }
  }

  // MARK: Reading

  /// How many bytes are here already.
  var available: Int { kept.count }

  /// Exactly `count` bytes, or `nil` when they have not all come within `limit`: those that have are kept.
  func read(_ count: Int, limit: Duration) async throws(LinkError) -> [UInt8]? {
    guard try await fill(count, limit: limit) else { return nil }
    return take(count)
  }

  /// Whatever comes next, at most `count` bytes and at least one; `nil` when nothing came within `limit`.
  func readSome(atMost count: Int, limit: Duration) async throws(LinkError) -> [UInt8]? {
    guard try await fill(1, wanting: count, limit: limit) else { return nil }
    return take(count)
  }

  /// Everything that is here or comes until the device has been quiet for so long, at most `byteLimit` bytes. One that is
  /// never quiet is listened to ten times as long.
  func drain(quiet: Duration, byteLimit: Int) async throws(LinkError) -> [UInt8] {
    var bytes: [UInt8] = []
    let end = clock.now + quiet * 10
    while bytes.count < byteLimit, clock.now < end,
      let piece = try await readSome(atMost: byteLimit - bytes.count, limit: quiet)
    {
      bytes += piece
    }
    return bytes
  }

  /// Puts bytes back that were read too early: the next read gets them first.
  func unread(_ bytes: [UInt8]) { kept = bytes + kept }

  /// Hands exactly `byteCount` bytes to `consumer`, several requests in flight. What a device sends in the same transfer
  /// behind them is kept. `transferByteCount` is a multiple of the packet size.
  ///
  /// `following` are the sizes of the transfers that the device is expected to send next, in their order: those are asked
  /// for when it is written to next. Then the last of these bytes are handed on only when something else is read, so that
  /// the device can be answered first; what goes wrong with them is thrown by the next call of this.
  ///
  /// A short packet is no end: the rest is asked for again.
  func read(
    _ byteCount: UInt64, transferByteCount: Int, idleLimit: Duration, into consumer: any StreamConsumer,
    following: [UInt64] = []
  ) async throws(StreamError) {
    handOn()
    if let error = heldError {
      heldError = nil
      throw .image(error)
    }
    // A frame that has come with something else is not as expected.
    if !kept.isEmpty { plan.giveUp() }
    let following = endpoints.isStream ? [] : following
    var missing = byteCount
    var empty = 0
    while missing > 0 {
      guard kept.isEmpty else {
        let known = take(Int(min(UInt64(kept.count), missing)))
        do throws(ImageError) { try consumer.consume(known.rawSpan) } catch { throw .image(error) }
        missing -= UInt64(known.count)
        continue
      }
      do throws(LinkError) {
        guard empty < EmptyTransfers.limit else { throw .timedOut(after: idleLimit) }
        if !endpoints.isStream, plan.isTooLong(for: missing) {
          await takeBack()
          continue
        }
        try ask(for: missing, in: transferByteCount)
        let piece = try await receive(limit: idleLimit)
        empty = piece.byteCount == 0 ? empty + 1 : 0
        take(piece, of: &missing, into: consumer, holdsEnd: !following.isEmpty)
      } catch {
        throw .link(error, accepted: byteCount - missing)
      }
      if let error = heldError {
        heldError = nil
        throw .image(error)
      }
    }
    plan.follow(with: following, in: transferByteCount)
  }

  /// Takes back what has been asked for ahead and did not come; what did is kept. To be called when a run of frames is over.
  func endReading() async {
    handOn()
    await takeBack()
    plan = RequestPlan(packetByteCount: endpoints.packetByteCount)
  }

  // MARK: Inside

  /// Reads until `needed` bytes are here; whether they are. `wanting` is how many one read may ask for.
  private func fill(_ needed: Int, wanting: Int = 0, limit: Duration) async throws(LinkError) -> Bool {
    handOn()
    let deadline = clock.now + limit
    var empty = 0
    while kept.count < needed {
      let left = deadline - clock.now
      guard left > .zero, empty < EmptyTransfers.limit else { return false }
      let isAhead = plan.isAnyMade
      if !isAhead {
        let size = plan.makeFirst(UInt64(max(needed, wanting) - kept.count), limit: Self.requestByteCount)
        try requests().request(size)
      }
      do throws(LinkError) {
        let piece = try await receive(limit: left)
        // A request for data that something else has ended.
        if isAhead, piece.byteCount > 0, piece.requestByteCount > endpoints.packetByteCount { plan.giveUp() }
        kept += piece.content.bytes(0..<piece.byteCount)
        empty = piece.byteCount == 0 ? empty + 1 : 0
      } catch {
        if case .timedOut = error { return false }
        throw error
      }
    }
    return true
  }

  /// Most that one request asks for: larger ones have lost bytes on other systems (`mtk-xml.md` 2.2).
  static let requestByteCount = 64 << 10

  private func requests() throws(LinkError) -> any ReceiveQueue {
    if let queue { return queue }
    let made = try link.receiveQueue(from: endpoints.input)
    queue = made
    return made
  }

  private func ask(for missing: UInt64, in transferByteCount: Int) throws(LinkError) {
    let queue = try requests()
    plan.cover(missing, in: transferByteCount)
    for size in plan.make(limit: Self.limit(of: queue)) { try queue.request(size) }
  }

  /// Requests in flight at most: short ones before the long ones.
  private static func limit(of queue: any ReceiveQueue) -> Int { queue.depth + 3 }

  private struct Held {
    var piece: any ReceivedPiece
    var byteCount: Int
    var consumer: any StreamConsumer
  }

  /// What the oldest request has brought.
  private struct Piece {
    var content: any ReceivedPiece
    var byteCount: Int
    var requestByteCount: Int
  }

  /// Takes the oldest request. When it has failed, the others are taken back; what all of them brought is kept, and the
  /// failure is thrown unless it is a limit that has passed while something came.
  private func receive(limit: Duration) async throws(LinkError) -> Piece {
    let size = plan.take() ?? 0
    guard let completion = try await requests().next(limit: limit) else { throw .timedOut(after: limit) }
    let piece = completion.piece
    guard let error = completion.error else {
      return Piece(content: piece, byteCount: piece.byteCount, requestByteCount: size)
    }
    kept += piece.bytes(0..<piece.byteCount)
    let before = kept.count
    await takeBack()
    if case .timedOut = error, piece.byteCount > 0 || kept.count > before {
      return Piece(content: ReceivedBytes([]), byteCount: 0, requestByteCount: size)
    }
    await recover(from: error, of: endpoints.input)
    throw error
  }

  private func takeBack() async {
    if plan.isAnyMade, let queue { kept += await queue.cancel() }
    plan.clear()
  }

  /// Hands on what belongs to the frame under way, and keeps the rest.
  private func take(
    _ piece: Piece, of missing: inout UInt64, into consumer: any StreamConsumer, holdsEnd: Bool
  ) {
    let own = Int(min(UInt64(piece.byteCount), missing))
    missing -= UInt64(own)
    if own < piece.byteCount {
      kept += piece.content.bytes(own..<piece.byteCount)
      plan.giveUp()
    }
    if missing > 0, piece.byteCount < piece.requestByteCount { plan.giveUp() }
    guard own > 0 else { return }
    held = Held(piece: piece.content, byteCount: own, consumer: consumer)
    if missing > 0 || !holdsEnd { handOn() }
  }

  /// Hands on what was held back.
  private func handOn() {
    guard let end = held else { return }
    held = nil
    do throws(ImageError) { try end.piece.hand(0..<end.byteCount, to: end.consumer) } catch {
      heldError = heldError ?? error
    }
  }

  private func take(_ count: Int) -> [UInt8] {
    guard count < kept.count else {
      defer { kept = [] }
      return kept
    }
    let piece = Array(kept.prefix(count))
    kept.removeFirst(piece.count)
    return piece
  }

  /// A halted endpoint stays halted into the next session unless its halt is cleared.
  private func recover(from error: LinkError, of endpoint: EndpointAddress) async {
    if case .stalled = error, !endpoints.isStream { try? await link.clearHalt(endpoint) }
  }
}
