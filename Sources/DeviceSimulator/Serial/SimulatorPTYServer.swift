import Dispatch

/// Serves a simulated device that speaks over a serial port, on a pseudo-terminal: what opens `path` talks to it.
///
/// ```swift
/// let server = try SimulatorPTYServer(configuration: try SimulatorConfiguration(model: "loopback"))
/// print(server.path)
/// await server.run()
/// ```
///
/// The device lives as long as the server. A client that closes the terminal aborts what it had begun, as pulling a
/// cable does, and the next may open it. A device that leaves and comes back is silent meanwhile: unlike a real port's,
/// the terminal's name stays.
public final class SimulatorPTYServer: Sendable {
  /// The terminal, as `/dev/pts/7`.
  public let path: String
  private let terminal: PseudoTerminal
  private let device: SimulatedPort
  private let wakeUp: WakeUp
  private let observer: @Sendable (SimulatorServerEvent) -> Void

  /// Makes the device and the terminal; clients can open it from here on, and are served by `run`.
  ///
  /// Throws `SimulatorError.notServed` for a model that has no serial port, `.socket` when there is no terminal to be
  /// had, and `.storage`. `observer` is called on the server's own thread.
  public init(
    configuration: SimulatorConfiguration, recorder: (@Sendable (TransferRecord) -> Void)? = nil,
    observer: @escaping @Sendable (SimulatorServerEvent) -> Void = { _ in }
  ) throws(SimulatorError) {
    guard configuration.clock == .real else {
      throw .badValue(knob: "clock", value: configuration.clock.rawValue, allowed: ["real"])
    }
    var port = try SimulatorRegistry.makePort(for: configuration, serving: .pty)
    guard port.device.stream != nil else { throw .notServed(model: configuration.model, way: .pty) }
    port.recorder = recorder
    device = port
    terminal = try PseudoTerminal()
    path = terminal.path
    wakeUp = try WakeUp()
    self.observer = observer
  }

  /// Serves until the task is cancelled. To be called once.
  public func run() async {
    let queue = DispatchQueue(label: "simulator \(path)")
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        queue.async { @Sendable [self] in
          StreamServerLoop(listener: terminal, port: device, wakeUp: wakeUp, observer: observer).run()
          continuation.resume()
        }
      }
    } onCancel: {
      wakeUp.signal()
    }
  }
}
