import FlashCore
import FlashImages
import WireFormat

/// What goes beside a document of the user's own.
enum FirehoseRawData: Sendable {
  case none
  /// The device is sent an image.
  case input(any ImageSource)
  /// The device sends this many bytes, or as many as it wants.
  case output(any StreamConsumer, byteCount: UInt64?)
}

extension FirehoseDriver {
  /// Sends a document as it is, and raw data in one direction if the device wants any. Source:
  /// `docs/protocols/firehose.md` 5.3.
  func send(document: [UInt8], name: String, raw: FirehoseRawData) async throws(FirehoseError) -> FirehoseReply {
    try await uninterrupted(grace: Self.rawDataGrace) {
      do throws(FirehoseError) {
        return .success(try await self.attempt(document, name: name, raw: raw))
      } catch {
        return .failure(error)
      }
    }
  }

  private func attempt(
    _ document: [UInt8], name: String, raw: FirehoseRawData
  ) async throws(FirehoseError) -> FirehoseReply {
    let wantsRawMode = if case .none = raw { false } else { true }
    let packet = channel.endpoints.packetByteCount
    let padded = document.count % packet == 0 ? document + [0x0A] : document
    let reply = try await exchange(padded, name: name, limit: policy.eraseLimit, expectsRawMode: wantsRawMode)
    guard reply.response.isACK else { throw .refused(reply.refusal) }
    guard reply.response.isRawMode else {
      if wantsRawMode { throw .noRawData(command: name) }
      return reply
    }
    noteRawData()
    switch raw {
    case .none: throw .rawData(command: name, given: nil, needed: nil)
    case .input(let image): try await send(image, during: name)
    case .output(let consumer, let byteCount?): try await receiveRaw(byteCount, during: name, into: consumer)
    case .output(let consumer, nil): try await receiveUntilResponse(during: name, into: consumer)
    }
    return reply
  }

  private func send(_ image: any ImageSource, during name: String) async throws(FirehoseError) {
    guard let byteCount = image.byteCount else { throw .rawData(command: name, given: nil, needed: nil) }
    let stream: ImageStream
    do throws(ImageError) { stream = try ImageStream(image) } catch { throw .file(error) }
    let data = FirehoseDataReader(stream, byteCount: byteCount, imageByteCount: byteCount) { _ in }
    try await sendRaw(data, byteCount: byteCount, chunk: max(512, limits.payload), during: name)
  }

  /// Data of unknown length end where a document with a response begins; there are only so many of them.
  private func receiveUntilResponse(
    during name: String, into consumer: any StreamConsumer
  ) async throws(FirehoseError) {
    var transfer: [UInt8]? = takeEarlyData()
    var received: UInt64 = 0
    let end = clock.now + policy.workTotal(of: policy.unannouncedByteCount)
    while true {
      if let bytes = transfer, !bytes.isEmpty {
        let messages = bytes.starts(with: Array("<?xml".utf8)) ? FirehoseMessageReader.messages(in: bytes) : []
        for case .response(let response) in messages {
          let logs = messages.compactMap { if case .log(let log) = $0 { log.text } else { nil } }
          guard response.isACK else { throw .refused(FirehoseRefusal(command: name, logs: logs)) }
          return
        }
        if messages.isEmpty {
          received += UInt64(bytes.count)
          guard received <= policy.unannouncedByteCount, clock.now < end else {
            throw .endlessData(command: name, limit: policy.unannouncedByteCount)
          }
          do throws(ImageError) { try consumer.consume(bytes.rawSpan) } catch { throw .output(error) }
        }
      }
      do throws(LinkError) {
        transfer = try await channel.receiveAnything(atMost: 1 << 20, limit: policy.readIdleLimit)
      } catch {
        throw Self.failure(error, during: name)
      }
      guard transfer != nil else { throw .silence(during: name, after: policy.readIdleLimit) }
    }
  }
}
