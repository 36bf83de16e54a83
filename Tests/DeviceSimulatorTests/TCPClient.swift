import Glibc
import MkII
import SystemPackage
import Testing

/// A blocking client with a limit on every read, to be used from a thread of its own.
///
/// The limit is generous: on a busy machine the task of the server starts after every other test has had its turn.
final class TCPClient: Sendable {
  private let descriptor: Int32

  convenience init(port: UInt16) throws {
    self.init(owning: socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let descriptor = descriptor
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Errno(rawValue: errno) }
  }

  /// Takes a connected socket over.
  init(owning descriptor: Int32) {
    self.descriptor = descriptor
    var limit = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Errno(rawValue: errno) }
      sent += count
    }
  }

  /// Exactly `count` bytes, or fewer when the connection ends before.
  func receive(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      var buffer = [UInt8](repeating: 0, count: count - bytes.count)
      let received = recv(descriptor, &buffer, buffer.count, 0)
      if received < 0, errno != ECONNRESET { throw Errno(rawValue: errno) }
      guard received > 0 else { return bytes }
      bytes += buffer[..<received]
    }
    return bytes
  }

  /// Makes a request and returns the reply's data.
  func ask(_ request: MkIIRequest, id: UInt8 = 0) throws -> [UInt8] {
    try send(request.message(transactionID: id).bytes)
    let head = try receive(6)
    guard head.count == 6 else { throw Errno.connectionReset }
    let rest = try receive(Int(head[4]) << 8 | Int(head[5]))
    return Array(rest.dropFirst(4))
  }

  /// The whole way of an image; returns the last status reply's data.
  func flash(_ image: TestImage) throws -> [UInt8] {
    _ = try ask(.tell(item: "/update/host_protocol_version", value: "2"))
    _ = try ask(.begin)
    _ = try ask(.imageHeader(image.header))
    _ = try ask(.setSource(handle: 0, transport: "tcp:raw"))
    _ = try ask(.prepareBlock(handle: 0, byteCount: UInt32(image.data.count)))
    try send(image.data)
    return try ask(.status(handle: 0))
  }
}
