import Dispatch
import FlashCore
import Glibc

/// One address of a host, as `connect` takes it.
struct SocketAddress: Equatable, Sendable {
  var family: Int32
  /// The `sockaddr` with all that belongs to it.
  var bytes: [UInt8]

  /// Resolves a host name or number on a thread of its own, because the C library blocks while it asks.
  ///
  /// A cancelled task leaves the lookup behind, which nothing can end. Returns the resolver's code where it fails, and
  /// `nil` when the task was cancelled.
  static func resolve(host: String, port: UInt16) async -> Lookup? {
    let waiter = LookupWaiter()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        guard waiter.begin(continuation) else { return }
        DispatchQueue.global().async { waiter.finish(lookUp(host: host, port: port)) }
      }
    } onCancel: {
      waiter.finish(nil)
    }
  }

  private static func lookUp(host: String, port: UInt16) -> Lookup {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    var code = unsafe getaddrinfo(host, String(port), &hints, &list)
    if code == EAI_NONAME || code == ResolverCode.addressFamily {
      // AI_ADDRCONFIG hides the loopback addresses on a machine that has no other.
      unsafe hints.ai_flags = AI_NUMERICSERV
      code = unsafe getaddrinfo(host, String(port), &hints, &list)
    }
    guard code == 0 else { return .failed(code) }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = unsafe list
    while let entry = unsafe next {
      if let address = unsafe entry.pointee.ai_addr {
        let raw = unsafe UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen))
        addresses.append(SocketAddress(family: unsafe entry.pointee.ai_family, bytes: unsafe [UInt8](raw)))
      }
      unsafe next = entry.pointee.ai_next
    }
    return .addresses(addresses)
  }

  enum Lookup: Sendable {
    case addresses([SocketAddress])
    /// `EAI_NONAME` and its like.
    case failed(Int32)
  }
}

/// The task that waits for a lookup, resumed once: by the answer or by its cancellation.
private final class LookupWaiter: Sendable {
  private enum State {
    case idle
    case waiting(CheckedContinuation<SocketAddress.Lookup?, Never>)
    case finished
  }
  private let state = Locked(State.idle)

  /// Returns `false`, having resumed it, when the task was already cancelled.
  func begin(_ continuation: CheckedContinuation<SocketAddress.Lookup?, Never>) -> Bool {
    let isWaiting = state.withLock { state -> Bool in
      guard case .idle = state else { return false }
      state = .waiting(continuation)
      return true
    }
    if !isWaiting { continuation.resume(returning: nil) }
    return isWaiting
  }

  func finish(_ lookup: SocketAddress.Lookup?) {
    let continuation = state.withLock { state -> CheckedContinuation<SocketAddress.Lookup?, Never>? in
      defer { state = .finished }
      if case .waiting(let continuation) = state { return continuation }
      return nil
    }
    continuation?.resume(returning: lookup)
  }
}
