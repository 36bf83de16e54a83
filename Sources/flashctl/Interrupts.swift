import Glibc
import Synchronization

/// SIGINT and SIGTERM: the first asks the command to end in order, a second ends the process at once.
///
/// The signals are blocked in every thread and taken by one that waits for them, so no code runs in a signal handler.
enum InterruptState {
  private static let received = Mutex<Int32>(0)

  /// The signal that ended the run, 0 when there was none.
  static var signal: Int32 { received.withLock { $0 } }

  static var exitStatus: ExitStatus? {
    switch signal {
    case SIGINT: .interrupted
    case SIGTERM: .terminated
    default: nil
    }
  }

  /// Blocks the signals and starts the thread. Called once, before any other thread exists.
  static func install(onFirst: @escaping @Sendable () -> Void) {
    _ = Glibc.signal(SIGPIPE, SIG_IGN)
    var thread = pthread_t()
    let context = unsafe Unmanaged.passRetained(Callback(onFirst)).toOpaque()
    _ = unsafe pthread_create(&thread, nil, { unsafe InterruptState.wait(in: $0) }, context)
    _ = pthread_detach(thread)
  }

  /// Blocks SIGINT and SIGTERM in the calling thread and all that it starts.
  static func blockSignals() {
    var set = signalSet()
    _ = unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
  }

  private static func signalSet() -> sigset_t {
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, SIGINT)
    unsafe sigaddset(&set, SIGTERM)
    return set
  }

  private static func wait(in context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let context = unsafe context else { return nil }
    let callback = unsafe Unmanaged<Callback>.fromOpaque(context).takeRetainedValue()
    var set = signalSet()
    while true {
      var signal: Int32 = 0
      guard unsafe sigwait(&set, &signal) == 0 else { continue }
      let isFirst = received.withLock { value in
        defer { if value == 0 { value = signal } }
        return value == 0
      }
      guard isFirst else { _exit((exitStatus ?? .interrupted).rawValue) }
      callback.run()
    }
  }

  private final class Callback: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
