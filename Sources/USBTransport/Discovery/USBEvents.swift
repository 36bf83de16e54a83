import CUSBShim
import FlashCore
import Glibc

/// The system's own word that something on a bus has changed.
///
/// udev's messages come after its rules have set the node's rights, so they are taken where a udevd runs, and the
/// kernel's elsewhere. They only say when to look: what is there, sysfs tells. So a message that somebody made up, or
/// one that was lost, does no harm.
final class USBEvents: Sendable {
  private enum Group {
    static let kernel: UInt32 = 1
    static let udev: UInt32 = 2
  }

  /// `nil` where the system gives no such socket, or the paths are not the system's.
  private let descriptor: Int32?

  init(paths: SystemPaths) {
    guard paths == SystemPaths() else {
      descriptor = nil
      return
    }
    let socket = cusb_open_events(SmallFile.exists(paths.udevControl) ? Group.udev : Group.kernel)
    descriptor = socket >= 0 ? socket : nil
  }

  deinit { if let descriptor { _ = close(descriptor) } }

  /// Returns after an event about USB, at the latest after `limit`; `false` when the task was cancelled.
  func wait(atMost limit: Duration, clock: any LinkClock) async -> Bool {
    guard let descriptor else {
      do { try await clock.sleep(for: limit) } catch { return false }
      return true
    }
    let end = clock.now + limit
    while clock.now < end {
      let outcome = await clock.wait(atMost: end - clock.now) {
        await ReadinessMonitor.shared.wait(until: .readable, descriptor)
      }
      switch outcome {
      case .finished: if drain(descriptor) { return true }
      case .timedOut: return true
      case .cancelled: return false
      }
    }
    return !Task.isCancelled
  }

  /// Takes all messages and says whether one was about USB.
  private func drain(_ descriptor: Int32) -> Bool {
    var isAboutUSB = false
    var message = [UInt8](repeating: 0, count: 8192)
    // Bounded, so that a flood of events cannot keep us from looking.
    for _ in 0..<256 {
      let count = unsafe recv(descriptor, &message, message.count, 0)
      // Messages that were lost (ENOBUFS) may have been about anything.
      if count < 0 { return isAboutUSB || errno == ENOBUFS }
      isAboutUSB = isAboutUSB || message.prefix(count).contains(Self.subsystem)
    }
    return true
  }

  private static let subsystem = Array("SUBSYSTEM=usb".utf8)
}
