import Dispatch
public import USBWire

/// Serves simulated devices over USB/IP: what any Linux machine can attach as real USB devices.
///
/// ```swift
/// let server = try SimulatorUSBIPServer(host: "127.0.0.1", port: 3240, devices: [configuration])
/// print(server.address, server.exports.map(\.record.busID))
/// await server.run()
/// ```
///
/// Devices have the bus ids `1-1`, `1-2`, … in the order given, and keep them when they leave the bus and come back
/// under another identity; the device number is another one then. Each has a thread of its own and one client at a
/// time. A client that goes away is a pulled cable to its device; everything the device keeps stays.
///
/// USB/IP has neither encryption nor authentication: whoever reaches the port has the devices.
public final class SimulatorUSBIPServer: Sendable {
  /// The address as the caller named it.
  public let host: String
  /// The port it listens at, also when any free one was asked for.
  public let port: UInt16
  private let listener: StreamSocket
  private let hosts: [USBIPDeviceHost]
  private let wakeUp: WakeUp
  private let observer: @Sendable (SimulatorUSBIPEvent) -> Void

  /// Makes the devices and binds the socket; clients can connect from here on, and are served by `run`.
  ///
  /// `recorder` is called for every transfer with the device's bus id, on the device's thread, `observer` on whatever
  /// thread something happens. Throws `SimulatorError.notServed` for a model that is no USB device, `.badAddress` and
  /// `.socket` when the address cannot be listened at, and `.storage`.
  public init(
    host: String, port: UInt16, devices: [SimulatorConfiguration], wire: WireModel = .unlimited,
    recorder: (@Sendable (String, TransferRecord) -> Void)? = nil,
    observer: @escaping @Sendable (SimulatorUSBIPEvent) -> Void = { _ in }
  ) throws(SimulatorError) {
    let addresses = BusAddresses()
    var hosts: [USBIPDeviceHost] = []
    for (index, configuration) in devices.enumerated() {
      let busID = Self.busID(at: index)
      hosts.append(
        try USBIPDeviceHost(
          configuration, busID: busID, addresses: addresses, wire: wire,
          recorder: recorder.map { recorder in { @Sendable record in recorder(busID, record) } },
          observer: { event in observer(.device(busID: busID, event)) }))
    }
    listener = try StreamSocket.listening(host: host, port: port)
    wakeUp = try WakeUp()
    self.hosts = hosts
    self.host = host
    self.port = listener.port
    self.observer = observer
  }

  /// The bus id of the device at a place in the list, from 0.
  public static func busID(at index: Int) -> String { "\(BusAddresses.busNumber)-\(index + 1)" }

  /// `127.0.0.1:3240`, `[::1]:3240`.
  public var address: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Whether only programs on this machine can reach it.
  public var isLoopback: Bool { listener.isLoopback }

  /// The devices that are on their bus now.
  public var exports: [USBIPExport] { hosts.compactMap(\.export) }

  /// Serves until the task is cancelled; then all connections are closed. To be called once.
  ///
  /// Every device has a thread of its own from the first step on, and so has the listener: none of them waits for
  /// a turn among the program's tasks.
  public func run() async {
    let threads = DispatchGroup()
    await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
        for host in hosts { host.start(in: threads) }
        DispatchQueue(label: "USB/IP \(address)").async(group: threads) { @Sendable [self] in
          USBIPServerLoop(listener: listener, hosts: hosts, wakeUp: wakeUp, observer: observer).run()
        }
        threads.notify(queue: .global()) { continuation.resume() }
      }
    } onCancel: {
      for host in hosts { host.stop() }
      wakeUp.signal()
    }
  }
}

/// What happens at a USB/IP server, for people who watch it.
public enum SimulatorUSBIPEvent: Equatable, Sendable {
  case device(busID: String, USBIPHostEvent)
  /// A client was sent away before it had a device.
  case refused(Refusal)

  /// Why a client got no device.
  public enum Refusal: Equatable, Sendable {
    /// It wanted a device that another client has (`busy`), or that is not there (`noDevice`).
    case importing(busID: String, status: USBIPOperation.Status)
    case violation(USBIPViolation)
  }
}
