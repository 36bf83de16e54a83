import Glibc

/// A blocking TCP socket on this machine, set up as flashctl sets its own up.
struct Socket {
  private let descriptor: Int32

  static func listening() -> Socket {
    let socket = Socket(descriptor: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    withAddress(0) { _ = bind(socket.descriptor, $0, $1) }
    listen(socket.descriptor, 4)
    return socket
  }

  static func connected(to port: UInt16) -> Socket {
    let socket = Socket(descriptor: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    withAddress(port) { _ = connect(socket.descriptor, $0, $1) }
    socket.tune()
    return socket
  }

  func accept() -> Socket {
    let connection = Socket(descriptor: Glibc.accept(descriptor, nil, nil))
    connection.tune()
    return connection
  }

  private func tune() {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, 4)
    for name in ["cubic", "reno"] {
      if setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CONGESTION, name, socklen_t(name.utf8.count)) == 0 { return }
    }
  }

  private static func withAddress(_ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Void) {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }

  var port: UInt16 {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    return UInt16(bigEndian: address.sin_port)
  }

  func send(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        guard count > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }

  /// Fills `bytes`; `false` at the end of the connection.
  @discardableResult func receive(into bytes: inout [UInt8]) -> Bool {
    bytes.withUnsafeMutableBytes { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let count = recv(descriptor, rest.baseAddress, rest.count, 0)
        guard count > 0 else { return false }
        rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
      }
      return true
    }
  }

  func receive(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    receive(into: &bytes)
    return bytes
  }

  func close() { _ = Glibc.close(descriptor) }
}
