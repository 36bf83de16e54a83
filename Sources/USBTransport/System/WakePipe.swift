import Glibc

/// A pipe through which tasks wake a thread that polls.
struct WakePipe: Sendable {
  /// The end to poll for reading.
  let input: Int32
  private let output: Int32

  /// `nil` where the process has no descriptors left. The pipe stays open until `close`.
  init?() {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return nil }
    (input, output) = (ends[0], ends[1])
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
  }

  /// A full pipe wakes as well as one more byte would.
  func signal() {
    var byte: UInt8 = 1
    _ = unsafe write(output, &byte, 1)
  }

  func drain() {
    var bytes = [UInt8](repeating: 0, count: 256)
    while unsafe read(input, &bytes, bytes.count) == bytes.count {}
  }

  /// Nobody may signal or drain from here on.
  func close() { for end in [input, output] { _ = Glibc.close(end) } }
}
