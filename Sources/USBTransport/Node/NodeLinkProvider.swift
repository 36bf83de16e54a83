public import FlashCore
import Glibc
import USBWire

/// Opens a character device (`tty:/dev/mhi0_SAHARA`): modems and accelerators that boot over PCIe, and serial ports.
///
/// A terminal is put into raw mode at 115200 bit/s and taken for this program alone; any other node is used as it is.
public final class NodeLinkProvider: LinkProvider {
  /// The pause between attempts while waiting.
  static let retryInterval = Duration.milliseconds(50)

  public let name: String
  public let clock: any LinkClock
  public let canReenumerate = false

  private let path: String

  public init(path: String, clock: any LinkClock = SystemLinkClock()) {
    self.path = path
    self.clock = clock
    name = "tty:" + path
  }

  /// Opens the node. With `waitLimit`, tries every 50 ms until it is there and free.
  public func open(waitLimit: Duration?) async throws(OpenError) -> any Link {
    let end = waitLimit.map { clock.now + $0 }
    while true {
      do throws(OpenError) { return try openOnce() } catch {
        guard let waitLimit, let end, Self.isWorthRetrying(error) else { throw error }
        guard clock.now + Self.retryInterval < end else { throw .timedOut(waitingFor: name, after: waitLimit) }
        do { try await clock.sleep(for: Self.retryInterval) } catch { throw .cancelled }
      }
    }
  }

  private func openOnce() throws(OpenError) -> ByteStreamLink {
    let descriptor = unsafe Glibc.open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(errno) }
    do throws(OpenError) { try prepare(descriptor) } catch {
      _ = Glibc.close(descriptor)
      throw error
    }
    return ByteStreamLink(ByteStreamDescriptor(node: descriptor), name: name, clock: clock)
  }

  private func failure(_ code: Int32) -> OpenError {
    switch code {
    case ENOENT, ENXIO, ENODEV: .notFound(selector: name, seen: [])
    case EACCES, EPERM: .permissionDenied(path: path)
    case EBUSY: .busy(path: path, holders: [])
    default: .system(operation: "open", code: code)
    }
  }

  private func prepare(_ descriptor: Int32) throws(OpenError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw .system(operation: "fstat", code: errno) }
    guard status.st_mode & S_IFMT == S_IFCHR else {
      throw .unsupported(selector: name, reason: "not a character device")
    }
    guard isatty(descriptor) == 1 else { return }
    var settings = termios()
    guard unsafe tcgetattr(descriptor, &settings) == 0 else { throw .system(operation: "tcgetattr", code: errno) }
    unsafe cfmakeraw(&settings)
    // What boot ROMs behind a UART listen at; ports that are none ignore it.
    _ = unsafe cfsetspeed(&settings, speed_t(B115200))
    guard unsafe tcsetattr(descriptor, TCSANOW, &settings) == 0 else {
      throw .system(operation: "tcsetattr", code: errno)
    }
  }

  private static func isWorthRetrying(_ error: OpenError) -> Bool {
    switch error {
    case .notFound, .busy: true
    default: false
    }
  }

  /// A node that goes is gone: always throws `OpenError.unsupported`.
  public func awaitReturn(
    within limit: Duration, where isExpected: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo {
    throw .unsupported(selector: name, reason: "re-enumeration")
  }
}
