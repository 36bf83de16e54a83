import FlashCore
import FlashImages
import WireFormat

/// Frames on their way. Source: `docs/protocols/mtk-xml.md` 2.2, 3.
extension XMLAgentDriver {
  /// The header is a transfer of its own, and so is the payload.
  func send(_ payload: [UInt8], during name: String) async throws(XMLAgentError) {
    trace(payload, label: name, fromDevice: false)
    let header = XMLAgentFrame(byteCount: UInt32(clamping: payload.count)).bytes
    do throws(LinkError) {
      try await channel.write(each: [header, payload], limit: policy.answerLimit)
    } catch {
      throw XMLAgentError(error, during: name)
    }
  }

  /// A frame with the next bytes of a file.
  func sendData(
    _ origin: XMLAgentFiles.Outgoing.Origin, offset: UInt64, byteCount: UInt64, of exchange: inout XMLAgentExchange
  ) async throws(XMLAgentError) {
    if offset == 0 { open(origin, of: &exchange) }
    observer(.waiting(for: .rawData(image: exchange.name)))
    trace([], label: exchange.name + " data", omitted: byteCount, fromDevice: false)
    guard let stream = exchange.stream else { throw .file(.missing(path: "")) }
    do throws(StreamError) {
      try await channel.write(
        stream, byteCount: byteCount, transferByteCount: policy.transferByteCount, idleLimit: policy.dataIdleLimit,
        behind: [XMLAgentFrame(byteCount: UInt32(clamping: byteCount)).bytes],
        following: [UInt64(XMLAgentFrame.headerByteCount), XMLAgentToken.okByteCount])
    } catch {
      switch error {
      case .link(let failure, _): throw XMLAgentError(failure, during: exchange.name)
      case .image(let failure): throw .file(failure)
      }
    }
    if let error = exchange.reader?.error { exchange.session.fail(.file(error)) }
  }

  /// Begins a pass over a file. Where there can be none, zeros go out and the command fails.
  private func open(_ origin: XMLAgentFiles.Outgoing.Origin, of exchange: inout XMLAgentExchange) {
    let byteCount = exchange.session.files.outgoing.first { $0.origin == origin }?.byteCount ?? 0
    do throws(ImageError) {
      if case .offered(let place) = origin, !exchange.sent.insert(place).inserted,
        !exchange.content.isRepeatable(origin)
      {
        throw .notSeekable(path: "")
      }
      exchange.reader = try exchange.content.open(origin, byteCount: byteCount)
    } catch {
      exchange.session.fail(.file(error))
      exchange.reader = XMLAgentDataReader(
        ImageStream(continuing: XMLAgentNothing()), byteCount: byteCount, imageByteCount: 0)
    }
    if let reader = exchange.reader { exchange.stream = ImageStream(continuing: reader) }
  }

  // MARK: From the device

  /// The next frame, to the session: as data where it wants them.
  func next(
    _ limit: Duration, of exchange: inout XMLAgentExchange
  ) async throws(XMLAgentError) -> XMLAgentAction {
    guard let frame = try await header(limit, exchange.cancellation, during: exchange.name) else {
      return try exchange.session.silence(after: limit)
    }
    let byteCount = UInt64(frame.byteCount)
    if let place = exchange.session.takes(byteCount) {
      try await receiveData(byteCount, at: place, of: &exchange)
      return finishData(byteCount, at: place, of: &exchange)
    }
    let payload = try await payload(of: frame, during: exchange.name)
    if let place = exchange.session.isData(payload) {
      prepareSink(place, of: &exchange)
      do throws(ImageError) { try exchange.sink?.consume(payload.rawSpan) } catch {
        exchange.session.fail(.output(error))
      }
      return finishData(byteCount, at: place, of: &exchange)
    }
    return try exchange.session.receive(payload)
  }

  private func receiveData(
    _ byteCount: UInt64, at place: Int, of exchange: inout XMLAgentExchange
  ) async throws(XMLAgentError) {
    prepareSink(place, of: &exchange)
    trace([], label: exchange.name + " data", omitted: byteCount, fromDevice: true)
    guard let sink = exchange.sink else { return }
    sink.expect(byteCount)
    do throws(StreamError) {
      try await channel.read(
        byteCount, transferByteCount: policy.transferByteCount, idleLimit: policy.dataIdleLimit, into: sink,
        following: exchange.session.transfersBehindData)
    } catch {
      switch error {
      case .link(let failure, _): throw XMLAgentError(failure, during: exchange.name)
      case .image(let failure): throw .output(failure)
      }
    }
  }

  private func prepareSink(_ place: Int, of exchange: inout XMLAgentExchange) {
    guard exchange.sinkPlace != place else { return }
    exchange.sinkPlace = place
    var output: any StreamConsumer = exchange.content.incoming ?? XMLAgentMemory()
    if let folder = exchange.content.folder {
      do throws(ImageError) { output = try folder.output(place, name: exchange.session.files.received[place]) } catch {
        exchange.session.fail(.output(error))
      }
    }
    exchange.sink = XMLAgentSink(output)
  }

  private func finishData(
    _ byteCount: UInt64, at place: Int, of exchange: inout XMLAgentExchange
  ) -> XMLAgentAction {
    if let error = exchange.sink?.failure { exchange.session.fail(.output(error)) }
    let action = exchange.session.dataReceived(byteCount)
    guard exchange.session.isBetweenTransfers, let folder = exchange.content.folder else { return action }
    do throws(ImageError) { try folder.finish(place, name: exchange.session.files.received[place]) } catch {
      exchange.session.fail(.output(error))
    }
    return action
  }

  /// The header of the next frame that is no log; `nil` when none came.
  ///
  /// Once the task is cancelled the device gets only so long to come to a point where it can be told.
  func header(
    _ limit: Duration, _ cancellation: XMLAgentCancellation, during name: String
  ) async throws(XMLAgentError) -> XMLAgentFrame? {
    var deadline = clock.now + limit
    var cancelDeadline: Duration?
    var logs = 0
    while true {
      let now = clock.now
      if cancellation.isSet, cancelDeadline == nil { cancelDeadline = now + policy.cancelLimit }
      if let cancelDeadline, now >= cancelDeadline { throw .cancelled }
      guard now < deadline else { return nil }
      let slice = min(deadline - now, .seconds(1))
      let bytes: [UInt8]?
      do throws(LinkError) { bytes = try await channel.read(XMLAgentFrame.headerByteCount, limit: slice) } catch {
        throw XMLAgentError(error, during: name)
      }
      guard let bytes else { continue }
      let frame: XMLAgentFrame
      do throws(XMLAgentViolation) { frame = try XMLAgentFrame(parsing: bytes) } catch {
        throw .violation(error, during: name)
      }
      guard frame.kind == .log else { return frame }
      logs += 1
      guard logs <= policy.frameCount else { throw .violation(.endless(count: logs), during: name) }
      try await log(frame, during: name)
      deadline = clock.now + limit
    }
  }

  /// A message that fits into memory.
  func payload(of frame: XMLAgentFrame, during name: String) async throws(XMLAgentError) -> [UInt8] {
    let limit = frame.kind == .log ? policy.logByteCount : policy.messageByteCount
    guard frame.byteCount <= limit else {
      throw .violation(
        .oversizedFrame(byteCount: UInt64(frame.byteCount), limit: UInt64(limit)), during: name)
    }
    let bytes: [UInt8]?
    do throws(LinkError) { bytes = try await channel.read(Int(frame.byteCount), limit: policy.answerLimit) } catch {
      throw XMLAgentError(error, during: name)
    }
    guard let bytes else {
      throw .silence(during: name, waitingFor: "rest of a frame", after: policy.answerLimit)
    }
    if frame.kind == .flow { trace(bytes, label: name, fromDevice: true) }
    return bytes
  }

  /// A priority and a line of text.
  private func log(_ frame: XMLAgentFrame, during name: String) async throws(XMLAgentError) {
    let bytes = try await payload(of: frame, during: name)
    let text = XMLAgentText(Array(bytes.dropFirst(4)))
    trace(Array(text.bytes), label: "log", fromDevice: true)
    // Whoever asked for it, in this session or an earlier one.
    notice("xml.log", ["text": text.text])
  }
}

/// A file without bytes.
final class XMLAgentNothing: ImageReader {
  func next() throws(ImageError) -> ImageExtent? { nil }
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {}
}

extension XMLCommandSession {
  /// Whether no file is on its way.
  var isBetweenTransfers: Bool { transfer == nil }
}
