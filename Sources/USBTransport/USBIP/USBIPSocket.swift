import FlashCore
import Glibc
import USBWire

/// A connection to a USB/IP server before a device is imported: questions and answers of known lengths.
///
/// Closes with its last reference, unless `take` has handed the descriptor on.
final class USBIPSocket: Sendable {
  private let descriptor: Int32
  private let clock: any LinkClock
  private let isTaken = Locked(false)

  /// Takes over a connected, non-blocking socket.
  init(_ descriptor: Int32, clock: any LinkClock) {
    self.descriptor = descriptor
    self.clock = clock
    SocketTuning.apply(to: descriptor)
  }

  deinit { if !isTaken.withLock({ $0 }) { _ = Glibc.close(descriptor) } }

  /// The descriptor, which is the caller's to close from here on.
  func take() -> Int32 {
    isTaken.withLock { $0 = true }
    return descriptor
  }

  func send(_ bytes: [UInt8], until end: Duration) async throws(LinkError) {
    var sent = 0
    while sent < bytes.count {
      let count = unsafe bytes.withUnsafeBytes { bytes in
        let rest = unsafe UnsafeRawBufferPointer(rebasing: bytes[sent...])
        return unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      }
      if count >= 0 { sent += count } else { try await wait(until: .writable, errno, end) }
    }
  }

  /// Receives exactly `count` bytes, a number of ours. Throws `disconnected` when the server closes before.
  func receive(_ count: Int, until end: Duration) async throws(LinkError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var received = 0
    while received < count {
      let result = unsafe bytes.withUnsafeMutableBytes { bytes in
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[received...])
        return unsafe recv(descriptor, rest.baseAddress, rest.count, 0)
      }
      if result == 0 { throw .disconnected }
      if result > 0 { received += result } else { try await wait(until: .readable, errno, end) }
    }
    return bytes
  }

  /// Waits where the socket only was not ready; throws what everything else means.
  private func wait(
    until direction: ReadinessMonitor.Direction, _ code: Int32, _ end: Duration
  ) async throws(LinkError) {
    if code == EINTR { return }
    guard code == EAGAIN else { throw .disconnected }
    let limit = end - clock.now
    guard limit > .zero else { throw .timedOut(after: .zero) }
    let outcome = await clock.wait(atMost: limit) { [descriptor] in
      await ReadinessMonitor.shared.wait(until: direction, descriptor)
    }
    switch outcome {
    case .finished: return
    case .timedOut: throw .timedOut(after: .zero)
    case .cancelled: throw .cancelled
    }
  }
}
