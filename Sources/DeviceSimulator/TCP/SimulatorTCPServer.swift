import Dispatch

/// Serves a simulated device over TCP, one connection at a time.
///
/// The device lives as long as the server. A connection that closes aborts what it had begun, as pulling a cable does;
/// everything else stays. Further clients wait until the one being served has gone.
///
/// A device that restarts closes its connection and accepts again once it is back, while clients wait: a script that
/// ends with a reboot can simply be run again. For that, `reboot` leads to update mode over TCP unless the knob
/// `next-mode` says otherwise; with `gone` every later connection is accepted and closed at once.
public final class SimulatorTCPServer: Sendable {
  /// The address as the caller named it.
  public let host: String
  /// The port it listens at, also when any free one was asked for.
  public let port: UInt16
  private let listener: StreamSocket
  private let device: SimulatedPort
  private let wakeUp: WakeUp
  private let observer: @Sendable (SimulatorServerEvent) -> Void

  /// Makes the device and binds the socket; clients can connect from here on, and are served by `run`.
  ///
  /// Throws `SimulatorError.notServed` for a model that does not speak over a stream, `.badAddress` and `.socket` when
  /// the address cannot be listened at, and `.storage`. `recorder` and `observer` are called on the server's own thread, for every
  /// transfer and for what happens.
  public init(
    host: String, port: UInt16, configuration: SimulatorConfiguration,
    recorder: (@Sendable (TransferRecord) -> Void)? = nil,
    observer: @escaping @Sendable (SimulatorServerEvent) -> Void = { _ in }
  ) throws(SimulatorError) {
    guard configuration.clock == .real else {
      throw .badValue(knob: "clock", value: configuration.clock.rawValue, allowed: ["real"])
    }
    var device = try SimulatorRegistry.makePort(for: configuration, serving: .tcp)
    device.recorder = recorder
    guard device.device.stream != nil else { throw .notServed(model: configuration.model, way: .tcp) }
    listener = try StreamSocket.listening(host: host, port: port)
    wakeUp = try WakeUp()
    self.device = device
    self.host = host
    self.port = listener.port
    self.observer = observer
  }

  /// `127.0.0.1:4000`, `[::1]:4000`.
  public var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Whether only programs on this machine can reach it.
  public var isLoopback: Bool { listener.isLoopback }

  /// Serves until the task is cancelled; then the connection is closed, and an unfinished image is gone. To be called
  /// once.
  public func run() async {
    let queue = DispatchQueue(label: "simulator \(address)")
    let loop = (listener, device, wakeUp, observer)
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.async { @Sendable in
          StreamServerLoop(listener: loop.0, port: loop.1, wakeUp: loop.2, observer: loop.3).run()
          continuation.resume()
        }
      }
    } onCancel: {
      wakeUp.signal()
    }
  }
}

/// What happens at a server, for people who watch it.
public enum SimulatorServerEvent: Equatable, Sendable {
  case connected
  case disconnected
  /// A connection was closed at once: the device has left for good.
  case refused
  case device(PortEvent)
}
