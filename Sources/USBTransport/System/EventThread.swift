import Glibc

/// A thread that waits in the kernel and resumes tasks: what the pool of Swift's concurrency must not be blocked with.
@safe final class EventThread: Sendable {
  private let body: @Sendable () -> Void

  private init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  /// Runs `body` on a new thread, which ends with it. Returns errno where the system refuses a thread.
  ///
  /// The thread takes no signals: those are for the program.
  static func start(_ body: @escaping @Sendable () -> Void) -> Int32 {
    let box = unsafe Unmanaged.passRetained(EventThread(body))
    var all = sigset_t()
    var previous = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &previous)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }
    var thread = pthread_t()
    let code = unsafe pthread_create(&thread, nil, runEventThread, box.toOpaque())
    if code == 0 { pthread_detach(thread) } else { unsafe box.release() }
    return code
  }

  fileprivate func run() { body() }
}

private func runEventThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let context = unsafe context { unsafe Unmanaged<EventThread>.fromOpaque(context).takeRetainedValue().run() }
  return nil
}
