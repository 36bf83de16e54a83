import Glibc
import Synchronization

/// SIGINT, SIGTERM and SIGHUP: the first asks the command to end in order; a second, half a second later at the earliest,
/// ends the process at once.
///
/// The handler only writes the signal's number into a pipe; a thread of its own reads it and acts. Blocking the signals
/// and waiting for them would be simpler, but the runtime parks the main thread in `sigsuspend` with nothing blocked.
enum InterruptState {
  private static let received = Mutex<Int32>(0)
  /// The end of the pipe that the handler writes to.
  private static let writeEnd = Atomic<Int32>(-1)

  /// The signal that ended the run, 0 when there was none.
  static var signal: Int32 { received.withLock { $0 } }

  static var exitStatus: ExitStatus? { status(for: signal) }

  private static func status(for signal: Int32) -> ExitStatus? {
    switch signal {
    case SIGINT: .interrupted
    // A terminal that goes away (a dropped ssh session) must not tear a transfer either.
    case SIGTERM, SIGHUP: .terminated
    default: nil
    }
  }

  /// Begins to take the signals. A shell starts background jobs of a script with SIGINT ignored; such a job
  /// (`flashctl simulate … &` in a CI rig) is to end in order on SIGINT as well.
  static func install(onFirst: @escaping @Sendable () -> Void) {
    _ = Glibc.signal(SIGPIPE, SIG_IGN)
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return }
    writeEnd.store(ends[1], ordering: .relaxed)
    let context = unsafe Unmanaged.passRetained(Listener(readEnd: ends[0], onFirst: onFirst)).toOpaque()
    var thread = pthread_t()
    _ = unsafe pthread_create(&thread, nil, { unsafe InterruptState.listen(in: $0) }, context)
    _ = pthread_detach(thread)
    for number in [SIGINT, SIGTERM, SIGHUP] { _ = Glibc.signal(number) { InterruptState.handle($0) } }
  }

  /// The signal handler: async-signal-safe, so nothing but a write.
  private static func handle(_ number: Int32) {
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = unsafe write(writeEnd.load(ordering: .relaxed), &byte, 1)
    errno = saved
  }

  private static func listen(in context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let listener = unsafe Unmanaged<Listener>.fromOpaque(context).takeRetainedValue()
    var byte: UInt8 = 0
    var first: ContinuousClock.Instant?
    while unsafe read(listener.readEnd, &byte, 1) != 0 {
      let number = Int32(byte)
      guard number != 0 else { continue }
      byte = 0
      guard let earlier = first else {
        first = .now
        received.withLock { $0 = number }
        listener.onFirst()
        continue
      }
      guard .now - earlier >= sameEvent else { continue }
      _exit((status(for: number) ?? .interrupted).rawValue)
    }
    return nil
  }

  /// Signals so close together are one event: `timeout`, for one, signals its child and then the whole process group.
  private static let sameEvent: Duration = .milliseconds(500)

  private final class Listener: Sendable {
    let readEnd: Int32
    let onFirst: @Sendable () -> Void

    init(readEnd: Int32, onFirst: @escaping @Sendable () -> Void) {
      self.readEnd = readEnd
      self.onFirst = onFirst
    }
  }
}
