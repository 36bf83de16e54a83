import Glibc

extension StreamSocket {
  /// Whether it is bound to an address that only this machine reaches: 127.0.0.0/8, ::1.
  var isLoopback: Bool {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let descriptor = descriptor
    let isKnown = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        unsafe getsockname(descriptor, address, &length) == 0
      }
    }
    guard isKnown else { return false }
    let family = Int32(storage.ss_family)
    return unsafe withUnsafeBytes(of: &storage) { bytes in
      switch family {
      // The address stands behind family and port, in network order.
      case AF_INET: unsafe bytes[4] == 127
      // Behind family, port and flow label.
      case AF_INET6: unsafe bytes[8..<23].allSatisfy { $0 == 0 } && bytes[23] == 1
      default: true
      }
    }
  }
}
