import Glibc

/// A TCP socket, closed with its last reference. Non-blocking throughout: waiting is `poll`'s business.
final class StreamSocket: Sendable {
  let descriptor: Int32

  /// Takes a stream socket over: one that has been accepted, or an end of a pair.
  init(owning descriptor: Int32) {
    self.descriptor = descriptor
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit { close(descriptor) }

  /// Listens at a host's first usable address. Port 0 takes any free one.
  static func listening(host: String, port: UInt16) throws(SimulatorError) -> StreamSocket {
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, "\(port)", &hints, &list)
    guard code == 0 else { throw .badAddress(host: host, code: code) }
    defer { unsafe freeaddrinfo(list) }
    var failure = SimulatorError.badAddress(host: host, code: EAI_NONAME)
    var entry = unsafe list
    while let address = unsafe entry?.pointee {
      do throws(SimulatorError) {
        return try unsafe listening(at: address, name: "\(host):\(port)")
      } catch { failure = error }
      unsafe entry = address.ai_next
    }
    throw failure
  }

  /// Clients beyond those being served wait here. One more than this is made to wait a second by its own kernel.
  private static let backlog: Int32 = 128

  private static func listening(at address: addrinfo, name: String) throws(SimulatorError) -> StreamSocket {
    func failure(_ operation: String) -> SimulatorError { .socket(operation: operation, address: name, errno: errno) }
    let descriptor = unsafe Glibc.socket(address.ai_family, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw failure("socket") }
    let result = StreamSocket(owning: descriptor)
    result.set(SO_REUSEADDR, level: SOL_SOCKET, to: 1)
    result.chooseCongestionControl()
    guard unsafe bind(descriptor, address.ai_addr, address.ai_addrlen) == 0 else { throw failure("bind") }
    guard listen(descriptor, backlog) == 0 else { throw failure("listen") }
    return result
  }

  func set(_ option: Int32, level: Int32, to value: Int32) {
    var value = value
    _ = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Some machines default to a congestion control that paces what it sends, even where nothing can be congested; what
  /// clients connect to is a neighbour, or at the end of a tunnel that has a control of its own. Accepted sockets inherit it.
  private func chooseCongestionControl() {
    for name in ["cubic", "reno"] {
      let bytes = Array(name.utf8)
      let result = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, bytes, socklen_t(bytes.count))
      if result == 0 { return }
    }
  }

  /// The next client; `nil` when there is none (any more).
  func accept() -> StreamSocket? {
    let client = Glibc.accept(descriptor, nil, nil)
    guard client >= 0 else { return nil }
    let result = StreamSocket(owning: client)
    result.set(TCP_NODELAY, level: Int32(IPPROTO_TCP), to: 1)
    // A client whose machine is gone says nothing for ever: ask after 10 s of silence, give up 15 s later.
    result.set(SO_KEEPALIVE, level: SOL_SOCKET, to: 1)
    result.set(TCP_KEEPIDLE, level: Int32(IPPROTO_TCP), to: 10)
    result.set(TCP_KEEPINTVL, level: Int32(IPPROTO_TCP), to: 5)
    result.set(TCP_KEEPCNT, level: Int32(IPPROTO_TCP), to: 3)
    return result
  }

  /// Refuses further clients, and those that have not been accepted yet.
  func stopListening() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// The port it is bound to.
  var port: UInt16 { unsafe port(of: getsockname) }

  /// The port at the other end.
  var peerPort: UInt16 { unsafe port(of: getpeername) }

  private func port(
    of name: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> UInt16 {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let descriptor = descriptor
    let isKnown = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe name(descriptor, address, &length) == 0
      }
    }
    guard isKnown else { return 0 }
    // The port stands at the same place in IPv4 and IPv6 addresses.
    return unsafe withUnsafeBytes(of: &storage) { bytes in
      unsafe UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
    }
  }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> Progress {
    let count = unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
    return count == 0 ? .closed : progress(count)
  }

  /// What a small read gave.
  enum Received {
    case bytes([UInt8])
    case wouldBlock
    case closed
  }

  /// Reads up to `count` bytes, a small number.
  func receive(atMost count: Int) -> Received {
    var bytes = [UInt8](repeating: 0, count: count)
    switch unsafe bytes.withUnsafeMutableBytes({ unsafe receive(into: $0) }) {
    case .moved(let count): return .bytes(Array(bytes[..<count]))
    case .wouldBlock: return .wouldBlock
    case .closed: return .closed
    }
  }

  func send(_ bytes: ArraySlice<UInt8>) -> Progress {
    let descriptor = descriptor
    return progress(
      unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
      })
  }

  func progress(_ count: Int) -> Progress {
    guard count < 0 else { return .moved(count) }
    return errno == EAGAIN || errno == EINTR ? .wouldBlock : .closed
  }
}

extension StreamSocket: StreamListener, StreamConnection {
  typealias Progress = StreamProgress

  func acceptConnection() -> (any StreamConnection)? { accept() }
}
