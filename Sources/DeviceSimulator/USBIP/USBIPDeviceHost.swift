import Dispatch
import USBWire

/// One simulated device on a thread of its own, served to one USB/IP client at a time.
///
/// A client is a connected stream socket whose import has been agreed upon: by a server that listens, or by handing the
/// other end to this machine's own kernel. The host knows neither; it only speaks what follows the import.
final class USBIPDeviceHost: Sendable {
  /// `1-1`: the device's place, which stays the same however often it comes back.
  let busID: String
  private let state: USBIPDeviceState
  private let controller: HostController
  private let addresses: BusAddresses
  private let deviceNumber: UInt32
  private let observer: @Sendable (USBIPHostEvent) -> Void

  /// Makes the device. `recorder` is called for every transfer, `observer` for what happens, both on the device's thread.
  ///
  /// Throws `SimulatorError.notServed` for a model that is no USB device, and `.storage`.
  convenience init(
    _ configuration: SimulatorConfiguration, busID: String, addresses: BusAddresses, wire: WireModel = .unlimited,
    recorder: (@Sendable (TransferRecord) -> Void)? = nil,
    observer: @escaping @Sendable (USBIPHostEvent) -> Void = { _ in }
  ) throws(SimulatorError) {
    guard configuration.clock == .real else {
      throw .badValue(knob: "clock", value: configuration.clock.rawValue, allowed: ["real"])
    }
    var port = try SimulatorRegistry.makePort(for: configuration, serving: .usb)
    port.recorder = recorder
    try self.init(port, busID: busID, addresses: addresses, wire: wire, observer: observer)
  }

  /// Takes over a device at a port of its own.
  init(
    _ port: SimulatedPort, busID: String, addresses: BusAddresses, wire: WireModel,
    observer: @escaping @Sendable (USBIPHostEvent) -> Void
  ) throws(SimulatorError) {
    self.busID = busID
    self.addresses = addresses
    self.observer = observer
    let number = addresses.next()
    deviceNumber = number
    state = try USBIPDeviceState()
    controller = HostController(port: port, wire: wire)
    state.show(port.identity.flatMap { USBIPExport($0, busID: busID, deviceNumber: number) })
  }

  /// The device as it can be imported now; `nil` while it is off the bus.
  var export: USBIPExport? { state.export }

  /// Takes over the connection of a client that has imported the device as `export` shows it; `greeting` makes what is
  /// sent before anything else. `busy` or `noDevice` when it cannot be had, and the socket stays the caller's.
  func serve(
    _ socket: StreamSocket, greeting: (USBIPExport) -> [UInt8] = { _ in [] }
  ) -> USBIPOperation.Status {
    state.bring(socket, greeting: greeting)
  }

  /// Runs the device until the task is cancelled; then its client is gone. To be called once, and not beside `start`.
  func run() async {
    let thread = DispatchGroup()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        start(in: thread)
        thread.notify(queue: .global()) { continuation.resume() }
      }
    } onCancel: {
      stop()
    }
  }

  /// Runs the device on a thread of its own, which belongs to `group`, until `stop` is called. To be called once.
  func start(in group: DispatchGroup) {
    DispatchQueue(label: "simulated device \(busID)").async(group: group) { @Sendable [self] in
      USBIPDeviceLoop(
        state: state, busID: busID, addresses: addresses, deviceNumber: deviceNumber, controller: controller,
        observer: observer
      ).run()
    }
  }

  /// Ends the device's thread soon, and with it the connection of its client; also one that has not begun.
  func stop() { state.stop() }
}
