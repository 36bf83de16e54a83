import Glibc

/// Two ends of one connection: the kernel gets one, the simulated device the other.
struct ConnectedPair {
  let kernel: StreamSocket
  let device: StreamSocket

  enum Kind: CaseIterable {
    /// Without a network; any kernel since 5.x takes it.
    case local
    case tcp
  }

  init(_ kind: Kind) throws(VHCIError) {
    switch kind {
    case .local: (kernel, device) = try Self.localEnds()
    case .tcp: (kernel, device) = try Self.networkEnds()
    }
  }

  private static func localEnds() throws(VHCIError) -> (StreamSocket, StreamSocket) {
    var ends: [Int32] = [-1, -1]
    guard unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0 else {
      throw .noConnection(errno: errno)
    }
    return (StreamSocket(owning: ends[0]), StreamSocket(owning: ends[1]))
  }

  /// Listens for a moment at 127.0.0.1, and takes no connection but its own.
  private static func networkEnds() throws(VHCIError) -> (StreamSocket, StreamSocket) {
    let listener: StreamSocket
    do { listener = try StreamSocket.listening(host: "127.0.0.1", port: 0) } catch {
      guard case .socket(_, _, let number) = error else { throw .noConnection(errno: EADDRNOTAVAIL) }
      throw .noConnection(errno: number)
    }
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw .noConnection(errno: errno) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = listener.port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    let failure = errno
    let client = StreamSocket(owning: descriptor)
    guard isConnected else { throw .noConnection(errno: failure) }
    while let accepted = listener.accept() {
      if accepted.peerPort == client.port { return (client, accepted) }
    }
    throw .noConnection(errno: ECONNABORTED)
  }
}
