import Synchronization
import USBWire

/// What the thread of a device shares with those who bring clients to it.
final class USBIPDeviceState: Sendable {
  /// A connected socket on its way to the thread.
  struct Handover: Sendable {
    var socket: StreamSocket
    /// Which appearance of the device the client has been promised.
    var export: USBIPExport
    /// Sent before anything else.
    var greeting: [UInt8]
  }

  private struct State {
    var export: USBIPExport?
    var handover: Handover?
    /// A client has the device, or is about to.
    var isTaken = false
    var isStopping = false
  }

  private let state = Mutex(State())
  let wakeUp: WakeUp

  init() throws(SimulatorError) { wakeUp = try WakeUp() }

  /// The device as it is on the bus now; `nil` while it is not.
  var export: USBIPExport? { state.withLock { $0.export } }

  var isStopping: Bool { state.withLock { $0.isStopping } }

  func stop() {
    state.withLock { $0.isStopping = true }
    wakeUp.signal()
  }

  /// Brings a client. Anything but `done` means that the socket is still the caller's.
  func bring(_ socket: StreamSocket, greeting: (USBIPExport) -> [UInt8]) -> USBIPOperation.Status {
    let status = state.withLock { state -> USBIPOperation.Status in
      guard let export = state.export, !state.isStopping else { return .noDevice }
      guard !state.isTaken else { return .busy }
      state.isTaken = true
      state.handover = Handover(socket: socket, export: export, greeting: greeting(export))
      return .done
    }
    if status == .done { wakeUp.signal() }
    return status
  }

  // MARK: The device's thread

  func takeHandover() -> Handover? {
    state.withLock { state in
      defer { state.handover = nil }
      return state.handover
    }
  }

  /// The device can be taken again.
  func giveBack() {
    state.withLock { state in
      // One who has come meanwhile keeps it.
      if state.handover == nil { state.isTaken = false }
    }
  }

  func show(_ export: USBIPExport?) { state.withLock { $0.export = export } }
}
