import CUSBShim
import FlashCore
import USBWire

/// An open USB device as a link: endpoints and interfaces as its descriptors name them.
final class USBLink: Link {
  let name: String
  let kind: LinkKind
  let clock: any LinkClock

  let device: USBDeviceInfo
  let calls: DeviceCalls
  let buffers: BufferPool
  let transfers = TransferRegistry()
  let streamDepth: Int
  private let blocking = BlockingCalls()
  let presence: DevicePresence
  /// Let go when the link is closed; lock and drivers are given back when the provider has let go as well.
  private let hold: Locked<PortHold?>
  /// The alternate setting of each claimed interface.
  private let claims = Locked<[UInt8: UInt8]>([:])

  /// `streamDepth`: transfers that a stream keeps in flight.
  init(
    name: String, device: USBDeviceInfo, calls: DeviceCalls, presence: DevicePresence, hold: PortHold? = nil,
    streamDepth: Int = USBLinkProvider.standardStreamDepth, clock: any LinkClock
  ) {
    self.name = name
    kind = .usb(device)
    self.device = device
    self.calls = calls
    self.presence = presence
    self.streamDepth = max(1, streamDepth)
    self.hold = Locked(hold)
    self.clock = clock
    // Besides a stream's buffers, one for each direction of messages, with some room.
    buffers = BufferPool(limit: self.streamDepth + 4, allocate: calls.allocate)
  }

  deinit {
    if !transfers.isClosed {
      buffers.close()
      calls.close()
    }
  }

  func claim(interface: UInt8) async throws(LinkError) {
    guard claims.withLock({ $0[interface] }) == nil else { return }
    let code = await run { [self] in detachAndClaim(interface) }
    switch code {
    case 0: claims.withLock { $0[interface] = 0 }
    case LibUSBCode.busy: throw .busy(interface: interface, holders: await holders(of: interface))
    default: throw .libusb(code, operation: "claim interface \(interface)", feature: "interface \(interface)")
    }
  }

  /// A driver's module can be loaded, and the driver bound, while we are about it: hence more than one attempt.
  private func detachAndClaim(_ interface: UInt8) -> Int32 {
    var code: Int32 = 0
    for _ in 0..<3 {
      hold.withLock { $0 }?.noteDrivers(of: device)
      _ = calls.detachDriver(interface)
      code = calls.claim(interface)
      if code != LibUSBCode.busy { break }
    }
    return code
  }

  private func holders(of interface: UInt8) async -> [String] {
    await blocking.run { [presence] in presence.holders(interface) }
  }

  func setAlternate(_ alternate: UInt8, of interface: UInt8) async throws(LinkError) {
    guard claims.withLock({ $0[interface] }) != nil || transfers.isClosed else {
      throw .unsupported(feature: "interface \(interface) without a claim")
    }
    let code = await run { [calls] in calls.setAlternate(interface, alternate) }
    guard code == 0 else {
      throw .libusb(
        code, operation: "set interface \(interface) to \(alternate)",
        feature: "interface \(interface) alternate \(alternate)")
    }
    claims.withLock { $0[interface] = alternate }
  }

  func clearHalt(_ endpoint: EndpointAddress) async throws(LinkError) {
    let code = await run { [calls] in calls.clearHalt(endpoint.rawValue) }
    guard code == 0 else {
      throw .libusb(code, operation: "clear halt of \(endpoint)", feature: endpoint.description)
    }
  }

  /// Runs a call that blocks. Closing queues behind it, and what comes after closing finds no device.
  private func run(_ call: @escaping @Sendable () -> Int32) async -> Int32 {
    await blocking.run { [transfers] in transfers.isClosed ? LibUSBCode.noDevice : call() }
  }

  func close() async {
    guard await transfers.close() else { return }
    let claims = claims.withLock { claims in
      defer { claims = [:] }
      return claims
    }
    buffers.close()
    await blocking.run { [calls] in
      for (interface, alternate) in claims.sorted(by: { $0.key < $1.key }) {
        if alternate != 0 { _ = calls.setAlternate(interface, 0) }
        _ = calls.release(interface)
      }
      calls.close()
    }
    await blocking.run { [self] in letGo() }
  }

  /// When the provider has let go before, this gives the drivers back, which blocks.
  private func letGo() {
    let last = hold.withLock { hold -> PortHold? in
      defer { hold = nil }
      return hold
    }
    _ = last
  }

  /// The descriptor of an endpoint of a claimed interface, in the alternate setting that is in use.
  ///
  /// The kernel would claim the interface by itself, past whoever holds it, and refuses endpoints of other settings
  /// with an error that says nothing. A device whose configuration could not be read is taken at the protocol's word
  /// that there is a bulk endpoint.
  func descriptor(of endpoint: EndpointAddress) throws(LinkError) -> EndpointDescriptor {
    guard let configuration = device.configuration else {
      return EndpointDescriptor(address: endpoint, type: .bulk, maximumPacketSize: 512)
    }
    guard !transfers.isClosed else { throw .disconnected }
    let claims = claims.withLock { $0 }
    for setting in configuration.settings where claims[setting.number] == setting.alternate {
      if let found = setting.endpoints.first(where: { $0.address == endpoint }) { return found }
    }
    throw .unsupported(feature: endpoint.description)
  }

  /// What an error of a transfer means, once it is known whether the device is still there.
  ///
  /// A transfer can fail on the bus while its device leaves: the hub reports that a moment later, so wait for it.
  func explain(_ error: LinkError) async -> LinkError {
    if transfers.isClosed { return .disconnected }
    if error == .disconnected { return presence.departure() ?? error }
    guard case .system(_, LibUSBCode.io, _) = error else { return error }
    for _ in 0..<6 {
      if let departure = presence.departure() { return departure }
      do { try await clock.sleep(for: .milliseconds(50)) } catch { break }
    }
    return error
  }
}
