public import FlashCore
import Glibc
import USBWire

/// Connects to a device that serves its protocol over TCP (`tcp:HOST:PORT`).
///
/// ```swift
/// let provider = TCPLinkProvider(host: "127.0.0.1", port: 4000)
/// let link = try await provider.open(waitLimit: .seconds(30))
/// ```
public final class TCPLinkProvider: LinkProvider {
  /// How long one attempt may take, name lookup and all addresses included.
  public static let standardConnectLimit = Duration.seconds(10)
  /// The pause between attempts while waiting.
  static let retryInterval = Duration.milliseconds(50)

  public let name: String
  public let clock: any LinkClock
  public let canReenumerate = false

  private let connector: TCPConnector
  private let connectLimit: Duration

  /// `host` is a name or an address of either family, without brackets.
  public init(
    host: String, port: UInt16, connectLimit: Duration = TCPLinkProvider.standardConnectLimit,
    clock: any LinkClock = SystemLinkClock()
  ) {
    name = DeviceSelector.tcp(host: host, port: port).description
    connector = TCPConnector(host: host, port: port, clock: clock)
    self.connectLimit = connectLimit
    self.clock = clock
  }

  /// Connects. With `waitLimit`, tries every 50 ms until the connection is accepted.
  ///
  /// Throws `OpenError.unreachable` when nobody answers or the name is unknown, `timedOut`, or `cancelled`.
  public func open(waitLimit: Duration?) async throws(OpenError) -> any Link {
    let end = waitLimit.map { clock.now + $0 }
    while true {
      let attemptLimit = end.map { min(connectLimit, $0 - clock.now) } ?? connectLimit
      do throws(TCPConnector.Failure) {
        let socket = try await connector.connect(within: attemptLimit)
        return ByteStreamLink(ByteStreamDescriptor(connected: socket), name: name, clock: clock)
      } catch {
        guard let waitLimit, let end, isWorthRetrying(error) else { throw openError(error) }
        guard clock.now + Self.retryInterval < end else { throw .timedOut(waitingFor: name, after: waitLimit) }
        do { try await clock.sleep(for: Self.retryInterval) } catch { throw .cancelled }
      }
    }
  }

  /// A closed connection is just closed: always throws `OpenError.unsupported`.
  public func awaitReturn(
    within limit: Duration, where isExpected: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo {
    throw .unsupported(selector: name, reason: "re-enumeration")
  }

  /// A listener may appear and a lost resolver come back; an unknown name stays unknown.
  private func isWorthRetrying(_ failure: TCPConnector.Failure) -> Bool {
    switch failure {
    case .refused, .timedOut, .unresolved(EAI_AGAIN): true
    case .unresolved, .cancelled: false
    }
  }

  private func openError(_ failure: TCPConnector.Failure) -> OpenError {
    switch failure {
    case .unresolved(let code): .unreachable(selector: name, reason: ResolverCode.name(code))
    case .refused(let code): .unreachable(selector: name, reason: errnoName(code))
    case .timedOut: .timedOut(waitingFor: name, after: connectLimit)
    case .cancelled: .cancelled
    }
  }
}
