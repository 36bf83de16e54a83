import Glibc

/// A pseudo-terminal in raw mode: clients open `path` as they open a serial port, one after the other.
///
/// The terminal is kept for the server's life. While nobody has `path` open, the other end reports that its peer hung
/// up; when somebody opens it, inotify says so, so that nothing has to be asked again and again.
final class PseudoTerminal: StreamListener {
  /// `/dev/pts/7`.
  let path: String
  /// Readable when somebody has opened `path`.
  let descriptor: Int32
  fileprivate let terminal: Int32

  init() throws(SimulatorError) {
    func failure(_ operation: String) -> SimulatorError {
      .socket(operation: operation, address: "a pseudo-terminal", errno: errno)
    }
    var ends: (server: Int32, client: Int32) = (-1, -1)
    var name = [CChar](repeating: 0, count: Int(PATH_MAX))
    guard unsafe openpty(&ends.server, &ends.client, &name, nil, nil) == 0 else { throw failure("open") }
    terminal = ends.server
    path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    _ = fcntl(terminal, F_SETFD, FD_CLOEXEC)
    _ = fcntl(terminal, F_SETFL, fcntl(terminal, F_GETFL) | O_NONBLOCK)
    descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    Self.makeRaw(terminal)
    // From here on nobody has it open, until somebody opens it.
    close(ends.client)
    guard descriptor >= 0, unsafe inotify_add_watch(descriptor, path, UInt32(IN_OPEN)) >= 0 else {
      throw failure("watch")
    }
  }

  deinit {
    close(terminal)
    if descriptor >= 0 { close(descriptor) }
  }

  /// Bytes as they are: no echo, no line editing, no signals.
  private static func makeRaw(_ descriptor: Int32) {
    var settings = termios()
    guard unsafe tcgetattr(descriptor, &settings) == 0 else { return }
    unsafe cfmakeraw(&settings)
    _ = unsafe tcsetattr(descriptor, TCSANOW, &settings)
  }

  func acceptConnection() -> (any StreamConnection)? {
    drainNotices()
    guard isOpen else { return nil }
    return PseudoTerminalConnection(self)
  }

  private func drainNotices() {
    var notices = [UInt8](repeating: 0, count: 4096)
    while unsafe read(descriptor, &notices, notices.count) > 0 {}
  }

  /// Whether somebody has it open, or has left something to read.
  private var isOpen: Bool {
    var state = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
    _ = unsafe poll(&state, 1, 0)
    return state.revents & Int16(POLLHUP) == 0 || state.revents & Int16(POLLIN) != 0
  }

  /// Nothing of what was said to the last client is for the next one, whose terminal is raw again.
  fileprivate func clear() {
    let client = unsafe open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
    guard client >= 0 else { return }
    tcflush(client, TCIFLUSH)
    Self.makeRaw(client)
    close(client)
    // This opening is no client. One that has come at the same moment is seen by the state of the terminal.
    drainNotices()
  }

  func stopListening() {}
}

/// A client that has the terminal open.
final class PseudoTerminalConnection: StreamConnection {
  private let listener: PseudoTerminal

  init(_ listener: PseudoTerminal) { self.listener = listener }

  deinit { listener.clear() }

  var descriptor: Int32 { listener.terminal }

  /// Once the client has closed, what it wrote is still read; behind that stands EIO.
  func receive(into buffer: UnsafeMutableRawBufferPointer) -> StreamProgress {
    Self.progress(unsafe read(listener.terminal, buffer.baseAddress, buffer.count))
  }

  func send(_ bytes: ArraySlice<UInt8>) -> StreamProgress {
    let descriptor = listener.terminal
    return Self.progress(unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) })
  }

  private static func progress(_ count: Int) -> StreamProgress {
    guard count <= 0 else { return .moved(count) }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? .wouldBlock : .closed
  }
}
