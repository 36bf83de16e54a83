import USBWire
import WireFormat

/// The commands of one client, out of its stream of bytes.
///
/// Headers are read into a small buffer; data go from the socket into their transfer's own memory, and the next header
/// comes with their last bytes. Only what has been read together with a header is copied.
@safe final class USBIPReceiver {
  private let staging: UnsafeMutableRawBufferPointer
  /// What has been read into `staging` and not yet been looked at.
  private var pending = 0..<0
  private var incoming: Incoming?

  /// A transfer whose data have not all arrived.
  private struct Incoming {
    var request: USBIPSubmit
    var buffer: URBBuffer
    var received: Int
  }

  private static let stagingByteCount = 16 << 10
  /// Room for what follows the data of a transfer: headers, and small transfers with them.
  private static let followingByteCount = 2 << 10

  init() {
    unsafe staging = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.stagingByteCount, alignment: 64)
  }

  deinit { unsafe staging.deallocate() }

  /// Reads once. To be called when `next` has nothing more to give.
  func receive(from socket: StreamSocket) -> StreamSocket.Progress {
    guard let transfer = incoming else { return receiveHeaders(from: socket) }
    let rest = transfer.received..<transfer.request.byteCount
    let progress = unsafe socket.receive(
      into: transfer.buffer.place(of: rest),
      then: UnsafeMutableRawBufferPointer(rebasing: staging[..<Self.followingByteCount]))
    if case .moved(let count) = progress {
      incoming?.received += min(count, rest.count)
      pending = 0..<max(0, count - rest.count)
    }
    return progress
  }

  private func receiveHeaders(from socket: StreamSocket) -> StreamSocket.Progress {
    if pending.lowerBound > 0 {
      unsafe staging.copyMemory(from: UnsafeRawBufferPointer(rebasing: staging[pending]))
      pending = 0..<pending.count
    }
    let room = unsafe UnsafeMutableRawBufferPointer(rebasing: staging[pending.upperBound...])
    let progress = unsafe socket.receive(into: room)
    if case .moved(let count) = progress { pending = 0..<pending.upperBound + count }
    return progress
  }

  /// Reads once and throws it away.
  func discard(from socket: StreamSocket) -> StreamSocket.Progress {
    incoming = nil
    pending = 0..<0
    return unsafe socket.receive(into: staging)
  }

  /// What the client asks for.
  enum Command {
    case submit(URB)
    case unlink(USBIPUnlink)
  }

  /// The next command that has arrived whole. `check` looks at a transfer before there is memory for it.
  func next(
    _ buffers: inout URBBufferPool, check: (USBIPSubmit) throws(USBIPViolation) -> Void
  ) throws(USBIPViolation) -> Command? {
    if let transfer = incoming { return finish(transfer) }
    guard pending.count >= USBIPCommand.byteCount else { return nil }
    let header = pending.lowerBound..<pending.lowerBound + USBIPCommand.byteCount
    let command: USBIPCommand
    do throws(WireError) {
      command = try unsafe USBIPCommand(parsing: UnsafeRawBufferPointer(rebasing: staging[header]).bytes)
    } catch { throw .malformed(error) }
    pending.removeFirst(header.count)
    switch command {
    case .unlink(let unlink): return .unlink(unlink)
    case .submit(let request):
      try check(request)
      guard !request.endpoint.isInput, request.byteCount > 0 else { return .submit(URB(request)) }
      return finish(begin(request, with: buffers.take(request.byteCount)))
    }
  }

  /// Copies what has come with the header.
  private func begin(_ request: USBIPSubmit, with buffer: URBBuffer) -> Incoming {
    let count = min(pending.count, request.byteCount)
    let source = pending.lowerBound..<pending.lowerBound + count
    unsafe buffer.place(of: 0..<count).copyMemory(from: UnsafeRawBufferPointer(rebasing: staging[source]))
    pending.removeFirst(count)
    return Incoming(request: request, buffer: buffer, received: count)
  }

  private func finish(_ transfer: Incoming) -> Command? {
    let isComplete = transfer.received == transfer.request.byteCount
    incoming = isComplete ? nil : transfer
    return isComplete ? .submit(URB(transfer.request, payload: transfer.buffer)) : nil
  }
}
