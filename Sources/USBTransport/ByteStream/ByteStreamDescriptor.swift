import Glibc

/// An open, non-blocking descriptor of the system that bytes come from and go to, and what differs between sockets and
/// character devices.
struct ByteStreamDescriptor: Equatable, Sendable {
  enum Kind: Equatable, Sendable {
    /// A connected TCP socket.
    case socket
    /// `/dev/mhi0_SAHARA`, `/dev/wwan0firehose0`, or a serial port in raw mode: transfers of the device end where a read
    /// ends (`docs/protocols/sahara.md` 3.5).
    case node
  }

  let number: Int32
  let kind: Kind

  init(connected socket: Int32) {
    number = socket
    kind = .socket
    var on: Int32 = 1
    // Messages are small and answered one by one: waiting for more to send with them only delays them.
    _ = unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  init(node descriptor: Int32) {
    number = descriptor
    kind = .node
  }

  /// Most bytes that one call moves. Drivers of nodes take a page to half a mebibyte at once.
  var pieceLimit: Int {
    switch kind {
    case .socket: 1 << 20
    case .node: 256 << 10
    }
  }

  /// The calls' names, for errors.
  var readName: String { kind == .socket ? "recv" : "read" }
  var writeName: String { kind == .socket ? "send" : "write" }

  /// As `read(2)`: −1 with `errno`, 0 at the end.
  @unsafe func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    switch kind {
    case .socket: unsafe recv(number, buffer.baseAddress, buffer.count, 0)
    case .node: unsafe Glibc.read(number, buffer.baseAddress, buffer.count)
    }
  }

  /// As `write(2)`, without SIGPIPE on a socket.
  @unsafe func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    switch kind {
    case .socket: unsafe send(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    case .node: unsafe Glibc.write(number, bytes.baseAddress, bytes.count)
    }
  }

  /// Whether the error says that the peer or the device is gone.
  func meansGone(_ code: Int32) -> Bool {
    switch kind {
    case .socket: [EPIPE, ECONNRESET, ENOTCONN, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH].contains(code)
    case .node: [EPIPE, ENODEV, ENXIO, EIO, ECONNRESET, ESHUTDOWN, ENETRESET].contains(code)
    }
  }

  /// Wakes whoever still waits on a socket; a node knows nothing of the kind.
  func hangUp() {
    guard kind == .socket else { return }
    _ = shutdown(number, Int32(SHUT_WR))
    // Bytes nobody has read would turn the end of the connection into a reset.
    var rest = [UInt8](repeating: 0, count: 4096)
    while unsafe recv(number, &rest, rest.count, 0) > 0 {}
    _ = shutdown(number, Int32(SHUT_RDWR))
  }

  func close() { _ = Glibc.close(number) }
}
