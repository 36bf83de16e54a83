import CUSBShim
import FlashCore
import Glibc

/// A libusb context and the one thread that handles its events, for as long as somebody refers to it.
///
/// The context looks for no devices: sysfs is asked for those, which is faster, and right where no udevd runs.
@safe final class LibUSBContext: Sendable {
  private struct Weak {
    weak var context: LibUSBContext?
  }
  private static let current = Locked(Weak())

  nonisolated(unsafe) let raw: OpaquePointer
  private let loop: EventLoop

  /// The context that is in use, or a new one. Throws `OpenError.noUSB` where libusb does not start.
  static func shared() throws(OpenError) -> LibUSBContext {
    let made: Result<LibUSBContext, OpenError> = current.withLock { current in
      if let context = current.context { return .success(context) }
      do throws(OpenError) {
        let context = try LibUSBContext()
        current.context = context
        return .success(context)
      } catch {
        return .failure(error)
      }
    }
    return try made.get()
  }

  private init() throws(OpenError) {
    var context: OpaquePointer?
    let code = unsafe cusb_make_context(&context)
    guard code == 0, let context = unsafe context else { throw .noUSB(reason: LibUSBCode.name(code)) }
    let loop = unsafe EventLoop(context)
    let refusal = EventThread.start { loop.run() }
    guard refusal == 0 else {
      unsafe libusb_exit(context)
      throw .system(operation: "pthread_create", code: refusal)
    }
    unsafe raw = context
    self.loop = loop
  }

  /// The last reference may go on the event thread itself, so nothing waits here for that thread's end.
  deinit { loop.stop() }
}

/// What the event thread runs. The context is its own: it ends with the loop.
@safe private final class EventLoop: Sendable {
  private nonisolated(unsafe) let context: OpaquePointer
  private let isStopping = Locked(false)

  @unsafe init(_ context: OpaquePointer) { unsafe self.context = context }

  func run() {
    while !isStopping.withLock({ $0 }) {
      let code = unsafe libusb_handle_events_completed(context, nil)
      // A context that cannot be polled must not turn into a busy loop.
      if code != 0, code != LibUSBCode.interrupted { usleep(10_000) }
    }
    unsafe libusb_exit(context)
  }

  /// Under the lock, so that the context is still there to be interrupted.
  func stop() {
    isStopping.withLock { isStopping in
      isStopping = true
      unsafe libusb_interrupt_event_handler(context)
    }
  }
}
