import FlashCore

/// Makes a link to a device: through libusb, or what a test puts in its place.
protocol USBDeviceOpener: Sendable {
  /// Throws `OpenError.permissionDenied`, `system` with ENOENT where there is no node, or `link(.disconnected, …)`.
  func open(
    _ device: USBDeviceInfo, discovery: USBDiscovery, hold: PortHold, clock: any LinkClock
  ) async throws(OpenError) -> any Link
}

/// Opens devices with libusb.
struct LibUSBOpener: USBDeviceOpener {
  /// Transfers that a stream keeps in flight.
  let streamDepth: Int

  func open(
    _ device: USBDeviceInfo, discovery: USBDiscovery, hold: PortHold, clock: any LinkClock
  ) async throws(OpenError) -> any Link {
    let node = discovery.node(of: device)
    let opened: Result<LibUSBDevice, OpenError> = await BlockingCalls().run {
      do throws(OpenError) { return .success(try LibUSBDevice(node: node)) } catch { return .failure(error) }
    }
    return USBLink(
      name: device.selector, device: device, calls: try opened.get().calls,
      presence: DevicePresence(of: device, discovery: discovery), hold: hold, streamDepth: streamDepth,
      clock: clock)
  }
}
