import FlashCore

@testable import USBTransport

/// Opens links to devices that do nothing, or fails as it is told, one result an attempt and then the last again.
final class FakeOpener: USBDeviceOpener {
  private let failures: Locked<[OpenError]>
  private let attempts = Locked<[Int]>([])

  init(failures: [OpenError] = []) { self.failures = Locked(failures) }

  /// The addresses of the devices that were to be opened.
  var addresses: [Int] { attempts.withLock { $0 } }

  func open(
    _ device: USBDeviceInfo, discovery: USBDiscovery, hold: PortHold, clock: any LinkClock
  ) async throws(OpenError) -> any Link {
    attempts.withLock { $0.append(device.address) }
    let failure = failures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    if let failure { throw failure }
    return USBLink(
      name: device.selector, device: device, calls: FakeDevice().calls,
      presence: DevicePresence(of: device, discovery: discovery), hold: hold, clock: clock)
  }
}
