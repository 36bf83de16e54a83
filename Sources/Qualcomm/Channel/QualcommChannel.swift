import FlashCore
import FlashImages
import USBWire
import WireFormat

/// A link opened for a Qualcomm download protocol: transfers one way and the other.
///
/// Sahara and the programmer that it starts use the same interface and endpoints, so the channel outlives both. Over a
/// stream (a character device) it keeps what came too early.
actor QualcommChannel {
  /// Most that one read of a packet may bring; devices send no longer message in one transfer.
  static let messageByteCount = 4096

  nonisolated let link: any Link
  nonisolated let endpoints: QualcommEndpoints
  /// Bytes of a stream that nobody has asked for yet.
  private var kept: [UInt8] = []

  nonisolated var clock: any LinkClock { link.clock }

  private init(link: any Link, endpoints: QualcommEndpoints) {
    self.link = link
    self.endpoints = endpoints
  }

  /// Finds the interface and claims it.
  static func open(_ link: any Link) async throws(SaharaError) -> QualcommChannel {
    guard let endpoints = QualcommEndpoints(link.kind) else { throw .noInterface }
    if !endpoints.isStream {
      do throws(LinkError) { try await link.claim(interface: endpoints.interface) } catch {
        throw error == .cancelled ? .cancelled : .transfer(error, during: "open")
      }
    }
    return QualcommChannel(link: link, endpoints: endpoints)
  }

  /// Sends one transfer, without a zero-length packet: Sahara needs none, and one device breaks on it.
  func send(_ bytes: [UInt8], limit: Duration) async throws(LinkError) {
    do throws(LinkError) {
      try await link.send(bytes, to: endpoints.output, terminated: false, timeout: limit)
    } catch {
      await recover(from: error, of: endpoints.output)
      throw error
    }
  }

  /// Sends a piece of an image as raw data.
  func send(
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

  /// The next message: one transfer, or from a stream what its first words say. `nil` when nothing came; empty transfers,
  /// which only end others, are skipped.
  func receiveMessage(limit: Duration) async throws(LinkError) -> [UInt8]? {
    if endpoints.isStream { return try await receiveStreamMessage(limit: limit) }
    return try await receive(atMost: Self.messageByteCount, limit: limit)
  }

  /// Raw data: at least one and at most `byteCount` bytes; `nil` when nothing came.
  func receiveData(atMost byteCount: Int, limit: Duration) async throws(LinkError) -> [UInt8]? {
    guard endpoints.isStream else {
      // A transfer shorter than what the device sends would overflow: whole packets only.
      let packet = endpoints.packetByteCount
      return try await receive(atMost: max(1, (byteCount + packet - 1) / packet) * packet, limit: limit)
    }
    if kept.isEmpty {
      // Room for a refusal, which may be longer than what was asked for.
      let room = max(byteCount, SaharaEndOfImage.byteCount)
      guard let bytes = try await receive(atMost: room, limit: limit) else { return nil }
      kept = bytes
    }
    // A refusal in place of data is a message of its own, whatever follows it.
    let isRefusal = kept.starts(with: [0x04, 0, 0, 0, 0x10, 0, 0, 0]) && kept.count >= SaharaEndOfImage.byteCount
    return take(isRefusal && byteCount != SaharaEndOfImage.byteCount ? SaharaEndOfImage.byteCount : byteCount)
  }

  /// Receives raw data, several transfers in flight: `byteCount` bytes, rounded up to whole packets where there are any.
  func receive(
    _ byteCount: UInt64, transferByteCount: Int, idleLimit: Duration, into consumer: any StreamConsumer
  ) async throws(StreamError) {
    let known = take(Int(min(UInt64(kept.count), byteCount)))
    if !known.isEmpty {
      do throws(ImageError) { try consumer.consume(known.rawSpan) } catch { throw .image(error) }
    }
    let missing = byteCount - UInt64(known.count)
    guard missing > 0 else { return }
    let packet = UInt64(endpoints.packetByteCount)
    let (sum, overflows) = missing.addingReportingOverflow(packet - 1)
    do throws(StreamError) {
      _ = try await link.receiveStream(
        byteCount: endpoints.isStream || overflows ? missing : sum / packet * packet, from: endpoints.input,
        transferSize: transferByteCount, idleLimit: idleLimit, into: consumer)
    } catch {
      if case .link(let failure, _) = error { await recover(from: failure, of: endpoints.input) }
      throw error
    }
  }

  /// Whatever comes next, at most `byteCount` bytes, rounded up to whole packets: one transfer, or what a stream has.
  /// `nil` when nothing came.
  func receiveAnything(atMost byteCount: Int, limit: Duration) async throws(LinkError) -> [UInt8]? {
    if !kept.isEmpty { return take(byteCount) }
    let packet = endpoints.packetByteCount
    return try await receive(atMost: max(1, (byteCount + packet - 1) / packet) * packet, limit: limit)
  }

  /// Ends a run of full packets, so that the device sees its end. A stream has no packets.
  func sendEmptyPacket(limit: Duration) async throws(LinkError) {
    if !endpoints.isStream { try await send([], limit: limit) }
  }

  private func receive(atMost count: Int, limit: Duration) async throws(LinkError) -> [UInt8]? {
    let deadline = clock.now + limit
    for _ in 0..<EmptyTransfers.limit {
      let left = deadline - clock.now
      guard left > .zero else { return nil }
      do throws(LinkError) {
        let transfer = try await link.receive(atMost: count, from: endpoints.input, timeout: left)
        if !transfer.bytes.isEmpty { return transfer.bytes }
      } catch {
        if case .timedOut = error { return nil }
        await recover(from: error, of: endpoints.input)
        throw error
      }
    }
    return nil
  }

  private func receiveStreamMessage(limit: Duration) async throws(LinkError) -> [UInt8]? {
    let deadline = clock.now + limit
    while true {
      if let count = Self.messageByteCount(of: kept) { return take(count) }
      let left = deadline - clock.now
      guard left > .zero, let bytes = try await receive(atMost: Self.messageByteCount, limit: left) else {
        // What is there is no packet, or the beginning of one: the session says what is wrong with it.
        return kept.isEmpty ? nil : take(kept.count)
      }
      kept += bytes
    }
  }

  /// How many of the bytes are the next message; `nil` while that cannot be told. What is no packet is one message.
  private static func messageByteCount(of bytes: [UInt8]) -> Int? {
    guard bytes.count >= SaharaPacket.headerByteCount else { return nil }
    guard let header = try? SaharaPacketHeader(parsing: bytes.rawSpan),
      let command = SaharaCommand(rawValue: header.number), let expected = command.byteCount,
      header.length >= expected, header.length <= 0x400
    else { return bytes.count }
    return bytes.count >= Int(header.length) ? Int(header.length) : nil
  }

  private func take(_ count: Int) -> [UInt8] {
    let piece = Array(kept.prefix(count))
    kept.removeFirst(piece.count)
    return piece
  }

  /// A halted endpoint stays halted into the next session unless its halt is cleared.
  private func recover(from error: LinkError, of endpoint: EndpointAddress) async {
    if case .stalled = error, !endpoints.isStream { try? await link.clearHalt(endpoint) }
  }
}
