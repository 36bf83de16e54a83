import FlashCore
import Glibc

/// Connects to a host, one address after the other.
struct TCPConnector: Sendable {
  enum Failure: Error, Equatable, Sendable {
    /// The name has no address: the resolver's code.
    case unresolved(Int32)
    /// No address accepted the connection: the errno of the last.
    case refused(Int32)
    case timedOut
    case cancelled
  }

  let host: String
  let port: UInt16
  let clock: any LinkClock

  /// Returns a connected, non-blocking socket.
  func connect(within limit: Duration) async throws(Failure) -> Int32 {
    let end = clock.now + limit
    let addresses = try await resolve(within: limit)
    var failure = Failure.refused(EADDRNOTAVAIL)
    for (index, address) in addresses.enumerated() {
      // An address that swallows packets must leave time for the next one.
      let share = max(.zero, end - clock.now) / (addresses.count - index)
      do throws(Failure) { return try await connect(to: address, within: share) } catch {
        if error == .cancelled { throw error }
        failure = error
      }
    }
    throw failure
  }

  private func resolve(within limit: Duration) async throws(Failure) -> [SocketAddress] {
    let outcome = await clock.wait(atMost: limit) { [host, port] in
      await SocketAddress.resolve(host: host, port: port)
    }
    switch outcome {
    case .finished(.addresses(let addresses)): return addresses
    case .finished(.failed(let code)): throw .unresolved(code)
    case .timedOut: throw .timedOut
    case .cancelled: throw .cancelled
    }
  }

  private func connect(to address: SocketAddress, within limit: Duration) async throws(Failure) -> Int32 {
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.family, kind, 0)
    guard descriptor >= 0 else { throw .refused(errno) }
    do throws(Failure) {
      try await connect(descriptor, to: address, within: limit)
      return descriptor
    } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
  }

  private func connect(_ descriptor: Int32, to address: SocketAddress, within limit: Duration) async throws(Failure) {
    let begun = unsafe address.bytes.withUnsafeBytes { bytes -> Int32 in
      guard let name = unsafe bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return EINVAL }
      return unsafe Glibc.connect(descriptor, name, socklen_t(bytes.count)) == 0 ? 0 : errno
    }
    if begun == EINPROGRESS || begun == EINTR {
      switch await clock.wait(atMost: limit, for: { await ReadinessMonitor.shared.wait(until: .writable, descriptor) })
      {
      case .finished: break
      case .timedOut: throw .timedOut
      case .cancelled: throw .cancelled
      }
    } else if begun != 0 {
      throw .refused(begun)
    }
    var code: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { throw .refused(errno) }
    guard code == 0 else { throw .refused(code) }
    // A port in the range of outgoing ones can, with nobody listening, be given to the connection itself.
    guard unsafe Self.name(descriptor, getsockname) != Self.name(descriptor, getpeername) else {
      throw .refused(ECONNREFUSED)
    }
  }

  private static func name(
    _ descriptor: Int32,
    _ call: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> [UInt8] {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let code = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe call(descriptor, $0, &length) }
    }
    guard code == 0 else { return [] }
    return unsafe withUnsafeBytes(of: &storage) { unsafe [UInt8]($0.prefix(Int(length))) }
  }
}
