import FlashCore
import Glibc
import USBTransport
import USBWire

/// What is plugged in, and who may have it.
enum DiscoveryCases {
  static let all = [
    Case("discovery reads ids, strings, speed and interfaces", discovery),
    Case("a second provider is told who has the lock", lock),
  ]

  @Sendable static func absent() async throws {
    try check(!USBDiscovery().devices().contains { $0.vendorID == Gadget.vendor }, "there is a gadget")
    try await expect(OpenError.notFound(selector: Gadget.sink, seen: [])) {
      _ = try await makeProvider(Gadget.sink).open(waitLimit: nil)
    }
  }

  @Sendable static func discovery() async throws {
    let start = ContinuousClock.now
    let device = try Gadget.device()
    say("# discovery took \(seconds(since: start))")
    say("# \(device.selector) \(device.identifier) \(device.product ?? "-") speed \(device.speed ?? 0)")
    say("# companion \(USBDiscovery().companionPort(of: device.portPath) ?? "-")")
    say("# interfaces \(USBDiscovery().interfaces(of: device))")
    try check(device.serialNumber == "SOURCESINK", "serial \(device.serialNumber ?? "-")")
    try check(device.configuration?.settings.count == 1, "settings")
    try check(DeviceAccess(of: device).isAllowed, "access")
  }

  @Sendable static func lock() async throws {
    let first = try makeProvider(Gadget.sink)
    let link = try await first.open(waitLimit: nil)
    do {
      _ = try await makeProvider(Gadget.sink).open(waitLimit: nil)
      throw Failure(description: "opened twice")
    } catch let error as OpenError {
      say("# \(error)")
      guard case .busy(_, let holders) = error, holders.contains("usbproof (pid \(getpid()))") else { throw error }
    }
    await link.close()
    await first.close()
    let second = try makeProvider("serial:sourcesink")
    await (try await second.open(waitLimit: nil)).close()
    await second.close()
  }

  /// Run by an ordinary user.
  @Sendable static func permission() async throws {
    let device = try Gadget.device()
    let access = DeviceAccess(of: device)
    say("# \(access)")
    try check(access.exists && !access.isAllowed, "\(access)")
    try await expect(OpenError.permissionDenied(path: access.path)) {
      _ = try await makeProvider(Gadget.sink).open(waitLimit: nil)
    }
    say("# hidden processes: \(DeviceHolders(of: device).hiddenProcessCount)")
  }

  /// Run beside udevd.
  @Sendable static func udevProperties() async throws {
    let properties = try USBDiscovery().udevProperties(of: Gadget.device())
    say("# ID_PATH \(properties["ID_PATH"] ?? "-"), \(properties.count) properties")
    try check(properties["ID_VENDOR_ID"] == "0525", "\(properties)")
  }
}
