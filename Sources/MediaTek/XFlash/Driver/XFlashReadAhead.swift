import FlashCore
import FlashImages
import WireFormat

/// The rest of a read, with transfers waiting at the device before it has something for them.
///
/// Each frame of a read is two transfers, and each chunk two frames: asked for one after the other they would leave the bus
/// idle four times a chunk. So what comes is asked for ahead of time, and cut into frames here; what the session wants said
/// goes to another task. What a chunk is acknowledged with, and when, stays the session's business.
/// Source: `docs/protocols/mtk-xflash.md` 2.2, 9.1.
///
/// Used by one task at a time.
@safe final class XFlashReadAhead: OpenEndedConsumer {
  private let output: XFlashOutput
  private let wish: XFlashData.Wish
  private let policy: XFlashPolicy
  private let observer: SessionObserver
  private let say: @Sendable ([UInt8]) -> Void

  private nonisolated(unsafe) var reading: XFlashReading
  private nonisolated(unsafe) var action: XFlashAction
  private nonisolated(unsafe) var failure: XFlashError?
  private nonisolated(unsafe) var header: [UInt8] = []
  private nonisolated(unsafe) var frame: Frame?
  private nonisolated(unsafe) var logs = 0
  private nonisolated(unsafe) var rest: [UInt8] = []

  private struct Frame {
    enum Use { case data, answer, log }

    var use: Use
    var byteCount: UInt64
    var left: UInt64
    /// What is kept of it; data are not.
    var payload: [UInt8] = []
  }

  /// `action` is what `session` wants next. `say` gets payloads for the device, in order.
  init(
    _ session: XFlashReading, _ action: XFlashAction, output: XFlashOutput, wish: XFlashData.Wish, policy: XFlashPolicy,
    observer: @escaping SessionObserver, say: @escaping @Sendable ([UInt8]) -> Void
  ) {
    unsafe reading = session
    unsafe self.action = action
    self.output = output
    self.wish = wish
    self.policy = policy
    self.observer = observer
    self.say = say
  }

  var session: XFlashReading { unsafe reading }
  /// Why the session came to no end.
  var error: XFlashError? { unsafe failure }
  /// Nothing more is due from the device.
  var isOver: Bool { unsafe failure != nil || action == .finish }
  /// What came behind the end.
  var surplus: [UInt8] { unsafe rest }
  /// Bytes of data that are due, without the frames around them.
  var missing: UInt64 { unsafe reading.byteCount - reading.position }

  /// Frames are transfers, so short ones are what streams of them are made of.
  var endsAtShortTransfer: Bool { isOver }

  func consume(_ bytes: RawSpan) throws(ImageError) {
    var position = 0
    while position < bytes.byteCount, !isOver {
      position += try take(bytes.extracting(position..<bytes.byteCount))
    }
    if position < bytes.byteCount { unsafe rest += bytes.extracting(position..<bytes.byteCount).copied }
    // The end of a read is a short transfer, which ends the stream. Behind an abort there is none, and behind what is no
    // frame nobody knows.
    if unsafe failure != nil || reading.isAborted { throw .cancelled }
  }

  /// Takes bytes up to the end of a header or a frame; how many they were.
  private func take(_ bytes: RawSpan) throws(ImageError) -> Int {
    guard unsafe frame != nil else {
      let count = unsafe min(XFlashHeader.byteCount - header.count, bytes.byteCount)
      unsafe header += bytes.extracting(0..<count).copied
      if unsafe header.count == XFlashHeader.byteCount { begin() }
      return count
    }
    let left = unsafe frame?.left ?? 0
    let count = Int(min(left, UInt64(bytes.byteCount)))
    let piece = bytes.extracting(0..<count)
    if unsafe frame?.use == .data { try output.consume(piece) } else { unsafe frame?.payload += piece.copied }
    unsafe frame?.left = left - UInt64(count)
    if left == UInt64(count) { end() }
    return count
  }

  // MARK: Frames

  private func begin() {
    let parsed: XFlashHeader
    let bytes = unsafe header
    unsafe header = []
    do throws(WireError) { parsed = try XFlashHeader(parsing: bytes.rawSpan) } catch {
      unsafe failure = .frame(error, during: session.name)
      return
    }
    let byteCount = UInt64(parsed.payloadByteCount)
    do throws(XFlashError) {
      let use = try use(of: parsed)
      guard use == .data || byteCount <= policy.answerByteCount else {
        throw .oversizedFrame(during: session.name, byteCount: byteCount, limit: policy.answerByteCount)
      }
      unsafe frame = Frame(use: use, byteCount: byteCount, left: byteCount)
      if byteCount == 0 { end() }
    } catch {
      unsafe failure = error
    }
  }

  private func use(of header: XFlashHeader) throws(XFlashError) -> Frame.Use {
    guard header.kind == .flow else {
      unsafe logs += 1
      guard unsafe logs <= policy.logLimit else { throw .endlessLog(during: session.name, count: policy.logLimit) }
      return .log
    }
    unsafe logs = 0
    guard case .receiveData = unsafe action else { return .answer }
    return unsafe try reading.accepts(byteCount: UInt64(header.payloadByteCount)) == .data ? .data : .answer
  }

  private func end() {
    guard let whole = unsafe frame else { return }
    unsafe frame = nil
    let name = session.name
    switch whole.use {
    case .log:
      observer(
        .notice(code: "xflash.log", facts: ["text": XFlashLogLine(payload: whole.payload).line, "command": name]))
    case .data:
      observer(.trace(.init(isFromDevice: true, label: name, bytes: [], omitted: whole.byteCount)))
      follow(unsafe reading.received(byteCount: whole.byteCount, isWanted: output.isWanted && !wish.isSet))
    case .answer:
      observer(.trace(.init(isFromDevice: true, label: name, bytes: whole.payload, omitted: 0)))
      do throws(XFlashError) { follow(unsafe try reading.receive(whole.payload)) } catch { unsafe failure = error }
    }
  }

  /// Says what the session wants said, up to where it wants to hear something.
  private func follow(_ next: XFlashAction) {
    var next = next
    while case .send(let payload) = next {
      say(payload)
      next = unsafe reading.sent()
    }
    unsafe action = next
  }
}

extension RawSpan {
  fileprivate var copied: [UInt8] { unsafe withUnsafeBytes { unsafe [UInt8]($0) } }
}
