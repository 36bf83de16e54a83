import FlashCore

/// What a link can learn about its device beside its transfers: whether it is still there, and who else uses it.
struct DevicePresence: Sendable {
  /// Why the device can no longer be reached; `nil` while it can.
  var departure: @Sendable () -> LinkError?
  /// Processes and drivers that keep an interface from being claimed, as far as they can be seen. May block.
  var holders: @Sendable (_ interface: UInt8) -> [String]

  init(
    departure: @escaping @Sendable () -> LinkError?, holders: @escaping @Sendable (_ interface: UInt8) -> [String]
  ) {
    self.departure = departure
    self.holders = holders
  }

  /// A device on this machine's buses, as the kernel shows it.
  init(of device: USBDeviceInfo, discovery: USBDiscovery) {
    departure = { discovery.isStill(device) ? nil : .disconnected }
    holders = { interface in
      let drivers = discovery.interfaces(of: device).filter { $0.number == interface }.compactMap(\.driver)
      return DeviceHolders(of: device, discovery: discovery).names
        + drivers.filter { $0 != USBInterfaceState.userSpaceDriver }.map { "kernel driver \($0)" }
    }
  }
}
