import CUSBShim
import FlashCore
import Glibc
import USBWire

/// An imported device, with the calls that a link makes of an open device.
///
/// Interfaces need no claim at the server, which lets nobody else have the device: claiming only checks that there is
/// such an interface.
final class USBIPDevice: Sendable {
  let record: USBIPDeviceRecord
  private let connection: USBIPConnection
  private let limits: USBIPLimits
  private let configuration = Locked<ConfigurationDescriptor?>(nil)

  /// Throws `OpenError.system` where the system has no more descriptors or threads.
  init(_ imported: USBIPServer.Import, limits: USBIPLimits) throws(OpenError) {
    record = imported.record
    self.limits = limits
    guard
      let connection = USBIPConnection(imported.socket.take(), deviceID: imported.record.deviceID, limits: limits)
    else { throw .system(operation: "start a connection", code: EMFILE) }
    self.connection = connection
  }

  deinit { connection.close() }

  func close() { connection.close() }

  /// The device's calls; they keep it alive.
  var calls: DeviceCalls {
    unsafe DeviceCalls(
      submit: { [self] in unsafe connection.submit(USBIPTransferPointer($0)) },
      cancel: { [self] in unsafe connection.cancel(USBIPTransferPointer($0)) },
      allocate: { TransferBuffer(capacity: $0) }, claim: { [self] in claim($0) }, release: { _ in 0 },
      setAlternate: { [self] in setAlternate($0, $1) },
      clearHalt: { [self] in request(.clearHalt(EndpointAddress(rawValue: $0))) },
      detachDriver: { _ in LibUSBCode.notFound }, close: { [self] in close() },
      together: { [self] in connection.together($0) })
  }

  /// Whether the server still has it. Nobody else can hold an interface.
  var presence: DevicePresence {
    DevicePresence(departure: { [self] in connection.failure }, holders: { _ in [] })
  }

  /// Makes known which configuration is active.
  func use(_ active: ConfigurationDescriptor) {
    configuration.withLock { $0 = active }
    var intervals: [UInt8: UInt32] = [:]
    for endpoint in active.settings.flatMap(\.endpoints) where endpoint.transferType == .interrupt {
      intervals[endpoint.address.rawValue] = interval(endpoint.interval)
    }
    connection.setIntervals(intervals)
  }

  /// bInterval counts milliseconds up to full speed; above, it is an exponent of two, in microframes (USB 2.0, 9.6.6).
  private func interval(_ bInterval: UInt8) -> UInt32 {
    switch record.speed {
    case .unknown, .low, .full: max(1, UInt32(bInterval))
    case .high, .wireless, .super, .superPlus: 1 << UInt32(min(max(1, bInterval), 16) - 1)
    }
  }

  private func claim(_ interface: UInt8) -> Int32 {
    guard connection.failure == nil else { return LibUSBCode.noDevice }
    let isKnown = configuration.withLock { $0.map { $0.settings.contains { $0.number == interface } } ?? true }
    return isKnown ? 0 : LibUSBCode.notFound
  }

  /// A device may refuse to select the only setting that an interface has, which is active anyway.
  private func setAlternate(_ interface: UInt8, _ alternate: UInt8) -> Int32 {
    let settings = configuration.withLock { $0?.settings.filter { $0.number == interface } }
    if let settings, !settings.contains(where: { $0.alternate == alternate }) { return LibUSBCode.notFound }
    let code = request(.setInterface(interface, alternate: alternate))
    return code == LIBUSB_ERROR_PIPE.rawValue && settings?.count == 1 ? 0 : code
  }

  private func request(_ setup: SetupPacket) -> Int32 {
    USBIPRequest(setup).map { $0.run(on: connection, limit: limits.control) } ?? LibUSBCode.noMemory
  }
}
