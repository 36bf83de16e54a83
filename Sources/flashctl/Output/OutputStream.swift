import Glibc
import Synchronization

/// A file descriptor that whole lines are written to.
struct OutputStream: Sendable {
  private static let lostReader = Atomic<Bool>(false)
  private static let failure = Atomic<Int32>(0)

  /// The errno with which standard output could not be written; 0 when it could. A reader that has gone is no failure.
  static var errorNumber: Int32 { failure.load(ordering: .relaxed) }

  /// Whether the reader of standard output has closed it (`flashctl list --watch | head -1`). Flashing goes on all the
  /// same: a device must not be left half-written because a pager was quit. Endless commands end.
  static var isReaderGone: Bool { lostReader.load(ordering: .relaxed) }

  static let standardOutput = OutputStream(descriptor: 1)
  static let standardError = OutputStream(descriptor: 2)

  let descriptor: Int32

  /// Writes all of `text`, unless its reader has gone.
  func write(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = unsafe bytes.withUnsafeBytes { buffer in
        unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
      }
      if written >= 0 {
        bytes = bytes.dropFirst(written)
      } else if errno == EAGAIN {
        var poll = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe Glibc.poll(&poll, 1, 1000)
      } else if errno != EINTR {
        guard descriptor == 1 else { return }
        if errno == EPIPE {
          Self.lostReader.store(true, ordering: .relaxed)
        } else {
          Self.failure.store(errno, ordering: .relaxed)
        }
        return
      }
    }
  }
}
