import FlashCore
import USBTransport
import USBWire

/// Who has an interface, and in which alternate setting.
enum InterfaceCases {
  /// Claims SourceSink's interface and waits to be killed, so that `busy` can name this process.
  static func hold() async throws {
    let provider = USBLinkProvider(
      selector: try DeviceSelector(parsing: Gadget.sink), lockFolders: ["/tmp/other-lock"]
    ) { _ in nil }
    let link = try await provider.open(waitLimit: nil)
    try await link.claim(interface: 0)
    say("holding")
    try await Task.sleep(for: .seconds(600))
  }

  @Sendable static func busy() async throws {
    let provider = try makeProvider(Gadget.sink)
    let link = try await provider.open(waitLimit: nil)
    do {
      try await link.claim(interface: 0)
      throw Failure(description: "claimed")
    } catch let error as LinkError {
      say("# \(error)")
      guard case .busy(0, let holders) = error, holders.contains(where: { $0.hasPrefix("usbproof (pid ") }) else {
        throw error
      }
    }
    await link.close()
    await provider.close()
  }

  /// A Phonet function, as in the RX-51: interface 1 has its bulk endpoints in alternate setting 1 only.
  @Sendable static func alternate() async throws {
    let provider = try makeProvider(Gadget.phonet)
    let link = try await provider.open(waitLimit: nil)
    guard case .usb(let device) = link.kind, let data = device.configuration?.setting(1, of: 1),
      let output = data.endpoints.first(where: { !$0.address.isInput })?.address,
      let input = data.endpoints.first(where: { $0.address.isInput })?.address
    else { throw Failure(description: "no alternate setting with two endpoints") }
    let current = "/sys/bus/usb/devices/\(device.portPath)/\(device.portPath):1.1/bAlternateSetting"
    try await expect(LinkError.unsupported(feature: "interface 1 without a claim")) {
      try await link.setAlternate(1, of: 1)
    }
    try await link.claim(interface: 1)
    try await expect(LinkError.unsupported(feature: output.description)) {
      try await link.send([0], to: output, terminated: true, timeout: .seconds(5))
    }
    try await link.setAlternate(1, of: 1)
    try check(text(current).contains("1"), text(current))
    try await link.send([0x1B, 0, 0x10, 0x88, 0, 4, 0, 0, 0, 0], to: output, terminated: true, timeout: .seconds(20))
    try await expect(LinkError.timedOut(after: .seconds(1))) {
      _ = try await link.receive(atMost: 512, from: input, timeout: .seconds(1))
    }
    await link.close()
    try check(text(current).contains("0"), text(current))
    await provider.close()
  }

  /// Drivers come back when the provider closes, not between two links of a job.
  @Sendable static func drivers() async throws {
    let provider = try makeProvider(Gadget.acm)
    let link = try await provider.open(waitLimit: .seconds(60))
    guard case .usb(let device) = link.kind else { throw Failure(description: "\(link.kind)") }
    try check(hasDrivers(device), "before: \(states(device))")
    try await link.claim(interface: 1)
    say("# claimed: \(states(device))")
    try await link.claim(interface: 0)
    await link.close()
    try check(USBDiscovery().interfaces(of: device).allSatisfy { $0.driver == nil }, "closed: \(states(device))")
    let again = try await provider.open(waitLimit: nil)
    try await again.claim(interface: 1)
    await again.close()
    await provider.close()
    say("# given back: \(states(device))")
    try check(hasDrivers(device), states(device))
    say("# open by: \(DeviceHolders(of: device).names)")
  }

  @Sendable static func driversWithoutClose() async throws {
    let device = try await claimAndForget()
    for _ in 0..<100 where !hasDrivers(device) { try await Task.sleep(for: .milliseconds(50)) }
    try check(hasDrivers(device), states(device))
  }

  private static func claimAndForget() async throws -> USBDeviceInfo {
    let provider = try makeProvider(Gadget.acm)
    let link = try await provider.open(waitLimit: .seconds(60))
    guard case .usb(let device) = link.kind else { throw Failure(description: "\(link.kind)") }
    try await link.claim(interface: 0)
    return device
  }

  private static func hasDrivers(_ device: USBDeviceInfo) -> Bool {
    USBDiscovery().interfaces(of: device).map(\.driver) == ["cdc_acm", "cdc_acm"]
  }

  private static func states(_ device: USBDeviceInfo) -> String {
    USBDiscovery().interfaces(of: device).map { "\($0.number) \($0.driver ?? "-")" }.joined(separator: ", ")
  }
}
