import Glibc

@testable import USBTransport

/// A TCP server on a loopback address that takes one connection after the other.
final class TestServer: Sendable {
  let port: UInt16
  private let listener: Int32
  private let serve: (@Sendable (Int32) -> Void)?

  /// Takes a free port, which refuses connections until `listen` when `isListening` is false. Connections that nobody
  /// serves stay open. `nil` where the family is not to be had.
  init?(family: Int32 = AF_INET, isListening: Bool = true, serve: (@Sendable (Int32) -> Void)? = nil) {
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    var on: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, 4)
    guard Self.bind(descriptor, family, 0), !isListening || Glibc.listen(descriptor, 8) == 0 else {
      close(descriptor)
      return nil
    }
    listener = descriptor
    port = Self.port(of: descriptor)
    self.serve = serve
    if isListening { accept() }
  }

  private func accept() {
    guard let serve else { return }
    // A thread of its own: blocked ones would use up Dispatch's, which look up names.
    _ = EventThread.start { [listener] in
      while true {
        let connection = Glibc.accept(listener, nil, nil)
        guard connection >= 0 else { return }
        serve(connection)
        close(connection)
      }
    }
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private static func bind(_ descriptor: Int32, _ family: Int32, _ port: UInt16) -> Bool {
    if family == AF_INET6 {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      address.sin6_addr = in6addr_loopback
      return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size)) == 0
        }
      }
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  private static func port(of descriptor: Int32) -> UInt16 {
    var storage = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    _ = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
    }
    // The port is at the same place for both families.
    return UInt16(bigEndian: storage.sin6_port)
  }

  func listen() {
    _ = Glibc.listen(listener, 8)
    accept()
  }

  static func readAll(_ descriptor: Int32) -> [UInt8] {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0 else { return all }
      all += chunk.prefix(count)
    }
  }

  static func echo(_ descriptor: Int32) {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      guard count > 0, write(descriptor, chunk, count) == count else { return }
    }
  }
}
