import DeviceSimulator
import SystemPackage

/// What a simulated device and its server do by themselves, as lines on standard error.
enum SimulatorLog {
  static func show(_ event: SimulatorServerEvent, on console: Console) {
    switch event {
    case .connected: console.debug("a client has connected")
    case .disconnected: console.debug("the client has gone")
    case .refused: console.warning("a client was turned away: the device has left for good (knob next-mode)")
    case .device(let event): show(event, on: console)
    }
  }

  static func show(_ event: PortEvent, on console: Console) {
    switch event {
    case .left(nil): console.debug("the simulated device has left")
    case .left(.some(let delay)):
      console.debug("the simulated device has left and comes back after \(Units.duration(delay))")
    case .returned: console.debug("the simulated device is back")
    case .fault(let text): console.info("injected the fault \(text)")
    case .storageFailed(let operation, let path, let number):
      console.warning("the simulated storage failed: cannot \(operation) \(path): \(Errno(rawValue: number))")
    case .imageComplete(let type, let count): console.debug("the simulated device holds \(type), \(count) bytes")
    }
  }
}
