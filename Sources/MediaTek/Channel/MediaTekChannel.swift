import FlashCore
import FlashImages
import USBWire
import WireFormat

/// A link opened for MediaTek's download protocols: bytes out in transfers, bytes in as a stream.
///
/// Boot ROM, preloader and agents use the same endpoints, so the channel outlives each of them. Reading never loses
/// anything: requests are whole packets, what a transfer brings beyond what was asked for is kept for the next read, and
/// what came before a limit passed is too. Devices that put several fields in one transfer, or one field in several, look
/// the same from here. Source: `docs/protocols/mtk-brom.md` 3.
actor MediaTekChannel {
  nonisolated let link: any Link
  nonisolated let endpoints: MediaTekEndpoints
  /// Bytes that have come and nobody has asked for yet.
  private var kept: [UInt8] = []

  nonisolated var clock: any LinkClock { link.clock }

  private init(link: any Link, endpoints: MediaTekEndpoints) {
    self.link = link
    self.endpoints = endpoints
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

  /// Sends the next bytes of an image, in transfers of `transferByteCount` (a multiple of the packet size), several in
  /// flight.
  func write(
    _ image: ImageStream, byteCount: UInt64, transferByteCount: Int, idleLimit: Duration
  ) async throws(StreamError) {
    do throws(StreamError) {
      try await link.sendStream(
        image, byteCount: byteCount, to: endpoints.output, transferSize: transferByteCount, idleLimit: idleLimit)
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

  /// Hands exactly `byteCount` bytes to `consumer`, several transfers in flight. What a device sends in the same transfer
  /// behind them is kept. `transferByteCount` is a multiple of the packet size.
  ///
  /// A stream that ends before, with a short packet, is no end: the rest is asked for again.
  func read(
    _ byteCount: UInt64, transferByteCount: Int, idleLimit: Duration, into consumer: any StreamConsumer
  ) async throws(StreamError) {
    let known = take(Int(min(UInt64(kept.count), byteCount)))
    if !known.isEmpty {
      do throws(ImageError) { try consumer.consume(known.rawSpan) } catch { throw .image(error) }
    }
    var missing = byteCount - UInt64(known.count)
    var empty = 0
    while missing > 0 {
      guard empty < EmptyTransfers.limit else {
        throw .link(.timedOut(after: idleLimit), accepted: byteCount - missing)
      }
      let counter = LimitedConsumer(consumer, limit: missing)
      do throws(StreamError) {
        _ = try await link.receiveStream(
          byteCount: endpoints.isStream ? missing : endpoints.wholePackets(missing), from: endpoints.input,
          transferSize: transferByteCount, idleLimit: idleLimit, into: counter)
      } catch {
        if case .link(let failure, _) = error { await recover(from: failure, of: endpoints.input) }
        kept += counter.surplus
        throw error
      }
      kept += counter.surplus
      missing -= counter.passed
      empty = counter.passed == 0 ? empty + 1 : 0
    }
  }

  // MARK: Inside

  /// Reads until `needed` bytes are here; whether they are. `wanting` is how many one read may ask for.
  private func fill(_ needed: Int, wanting: Int = 0, limit: Duration) async throws(LinkError) -> Bool {
    let deadline = clock.now + limit
    var empty = 0
    while kept.count < needed {
      let left = deadline - clock.now
      guard left > .zero, empty < EmptyTransfers.limit else { return false }
      do throws(LinkError) {
        let count = endpoints.wholePackets(UInt64(max(needed, wanting) - kept.count))
        let transfer = try await link.receive(
          atMost: Int(min(count, UInt64(Self.requestByteCount))), from: endpoints.input, timeout: left)
        kept += transfer.bytes
        empty = transfer.bytes.isEmpty ? empty + 1 : 0
      } catch {
        if case .timedOut = error { return false }
        await recover(from: error, of: endpoints.input)
        throw error
      }
    }
    return true
  }

  /// Most that one request asks for: larger ones have lost bytes on other systems (`mtk-xml.md` 2.2).
  static let requestByteCount = 64 << 10

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

extension MediaTekEndpoints {
  /// So many bytes, rounded up to whole packets: a shorter request would overflow. A stream has no packets.
  func wholePackets(_ byteCount: UInt64) -> UInt64 {
    let packet = UInt64(packetByteCount)
    let (sum, overflows) = max(1, byteCount).addingReportingOverflow(packet - 1)
    return overflows ? byteCount / packet * packet : sum / packet * packet
  }
}
