import Glibc

/// How a socket that carries transfers is set up. Every setting is a wish: a system that lacks it still works.
enum SocketTuning {
  static func apply(to descriptor: Int32) {
    // Messages are answered one by one: waiting for more to send with them only delays them.
    set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    // A server that is switched off is noticed within half a minute, in the middle of a transfer or between two.
    set(descriptor, SOL_SOCKET, SO_KEEPALIVE, 1)
    set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPIDLE, 10)
    set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5)
    set(descriptor, Int32(IPPROTO_TCP), TCP_KEEPCNT, 4)
    set(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, 30_000)
    if isLoopback(descriptor) { chooseUnpacedCongestionControl(descriptor) }
  }

  private static func set(_ descriptor: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    _ = unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  /// Some machines default to bbr, which paces by an estimate of the path; within one machine that only slows down.
  private static func chooseUnpacedCongestionControl(_ descriptor: Int32) {
    for name in ["cubic", "reno"] {
      let code = unsafe setsockopt(
        descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, name, socklen_t(name.utf8.count))
      if code == 0 { return }
    }
  }

  /// Whether the peer is on this machine, by its address.
  private static func isLoopback(_ descriptor: Int32) -> Bool {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let bytes = unsafe withUnsafeMutablePointer(to: &storage) { pointer -> [UInt8] in
      let code = unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe getpeername(descriptor, $0, &length)
      }
      return code == 0 ? unsafe [UInt8](UnsafeRawBufferPointer(start: pointer, count: 28)) : []
    }
    switch Int32(storage.ss_family) {
    // 127.0.0.0/8, behind family and port.
    case AF_INET: return bytes.count > 4 && bytes[4] == 127
    // ::1, or 127.0.0.0/8 mapped into IPv6, behind family, port and flow.
    case AF_INET6:
      let address = Array(bytes.dropFirst(8).prefix(16))
      let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127]
      return address == [UInt8](repeating: 0, count: 15) + [1] || Array(address.prefix(13)) == mapped
    default: return false
    }
  }
}
