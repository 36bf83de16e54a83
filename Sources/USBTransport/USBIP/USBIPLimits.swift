import Glibc

/// How long a USB/IP server may take, and how much it may say.
struct USBIPLimits: Sendable {
  /// One attempt to connect, name lookup and all addresses included.
  var connect = Duration.seconds(10)
  /// One question and its whole answer, before a device is imported.
  var question = Duration.seconds(10)
  /// Each control request that the client makes by itself, as long as the kernel allows for its own.
  var control = Duration.seconds(5)
  /// The answer to an UNLINK. A server that lets this pass is given up.
  var unlink = Duration.seconds(5)
  /// How much longer than the answer "too late" to an UNLINK the transfer's own answer may take, which should have come
  /// before.
  var crossing = Duration.milliseconds(200)
  /// Devices in one list.
  var deviceCount = 1024
}

/// The machine's monotonic clock in nanoseconds, which is what the thread of a connection waits by.
enum MonotonicClock {
  static var now: UInt64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  /// When `duration` from `now` on has passed; far in the future when that is out of range.
  static func time(_ now: UInt64, after duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    guard seconds >= 0, attoseconds >= 0 else { return now }
    guard seconds < 1 << 32 else { return UInt64.max }
    return now &+ UInt64(seconds) &* 1_000_000_000 &+ UInt64(attoseconds / 1_000_000_000)
  }
}
