import Glibc

/// A value that only one thread at a time gets at: `Synchronization.Mutex`, with a lock that ThreadSanitizer knows.
///
/// The standard library's mutex takes its lock in code that no sanitizer has instrumented, so ThreadSanitizer calls
/// everything it protects a race (seen with Swift 6.3.1). This module lives from handing values between threads, and
/// its tests are worth the more when they can run under that tool.
@safe struct Locked<Value: Sendable>: ~Copyable, @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let value: UnsafeMutablePointer<Value>

  init(_ initial: Value) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe value = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe value.initialize(to: initial)
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe value.deinitialize(count: 1)
    unsafe value.deallocate()
    unsafe mutex.deallocate()
  }

  /// Runs `body` with the value. It must not wait, nor come back here: the lock is not recursive.
  borrowing func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return try unsafe body(&value.pointee)
  }
}
