import FlashCore
import Testing
import USBWire

@testable import USBTransport

@Suite("Waiting for devices")
struct USBWatcherTests {
  let bus = FakeBus()
  let clock = VirtualClock()
  var watcher: USBWatcher { USBWatcher(discovery: bus.discovery, clock: clock) }

  @Test func `returns at once when the device is there`() async throws {
    bus.plug(.init(port: "1-4", address: 7))
    let device = try await watcher.waitForDevice(matching: .usbPort("1-4"), within: .zero)
    #expect(device.address == 7)
    #expect(clock.now == .zero)
  }

  @Test func `catches a device that stays for two seconds`() async throws {
    clock.at(.seconds(17)) { bus.plug(.init(port: "1-4", address: 7)) }
    clock.at(.seconds(19)) { bus.unplug("1-4") }
    let device = try await watcher.waitForDevice(
      matching: .usbIdentity(vendorID: 0x0421, productID: 0x01C8), within: .seconds(60))
    #expect(device.address == 7)
    #expect(clock.now <= .seconds(17) + USBWatcher.scanInterval)
  }

  @Test func `ends at the limit`() async {
    await #expect(throws: OpenError.timedOut(waitingFor: "usb:1-4", after: .seconds(3))) {
      try await watcher.waitForDevice(matching: .usbPort("1-4"), within: .seconds(3))
    }
    #expect(clock.now == .seconds(3))
  }

  @Test func `ends when the task is cancelled`() async {
    let watcher = USBWatcher(discovery: bus.discovery, clock: SystemLinkClock())
    let task = Task { try await watcher.waitForDevice(matching: .usbPort("1-4"), within: .seconds(3600)) }
    task.cancel()
    await #expect(throws: OpenError.cancelled) { try await task.value }
  }

  @Test func `ends at once on a machine without USB`() async {
    let paths = SystemPaths(sys: "/nonexistent")
    let watcher = USBWatcher(discovery: USBDiscovery(paths: paths), clock: clock)
    await #expect(throws: OpenError.noUSB(reason: "/nonexistent/bus/usb/devices")) {
      try await watcher.waitForDevice(matching: .usbPort("1-4"), within: .seconds(3))
    }
  }

  @Test func `waits until the kernel has configured the device`() async throws {
    bus.plug(.init(port: "1-4", address: 7, isConfigured: false))
    clock.at(.milliseconds(300)) { bus.set("bConfigurationValue", of: "1-4", to: "1") }
    let device = try await watcher.waitForDevice(matching: .usbPort("1-4"), within: .seconds(9))
    #expect(device.configuration != nil)
    #expect(clock.now >= .milliseconds(300) && clock.now < .milliseconds(400))
  }

  @Test func `takes a device that stays without a configuration after a second`() async throws {
    bus.plug(.init(port: "1-4", address: 7, isConfigured: false))
    _ = try await watcher.waitForDevice(matching: .usbPort("1-4"), within: .seconds(9))
    #expect(clock.now == DeviceTracker.configurationLimit)
  }

  @Test func `reports what is there, what leaves and what comes`() async throws {
    bus.plug(.init(port: "1-2", address: 3))
    clock.at(.seconds(1)) { bus.plug(.init(port: "1-4", address: 7, identifier: "0e8d:0003")) }
    clock.at(.seconds(2)) { bus.unplug("1-2") }
    var changes: [String] = []
    for await change in try watcher.changes() {
      changes.append(Self.describe(change))
      if changes.count == 3 { break }
    }
    #expect(changes == ["+1-2:3 0421:01c8", "+1-4:7 0e8d:0003", "-1-2:3 0421:01c8"])
  }

  @Test func `reports a new address at the same port as leaving and coming`() async throws {
    bus.plug(.init(port: "1-4", address: 7))
    clock.at(.seconds(1)) { bus.plug(.init(port: "1-4", address: 8, identifier: "0e8d:2000")) }
    var changes: [String] = []
    for await change in try watcher.changes() {
      changes.append(Self.describe(change))
      if changes.count == 3 { break }
    }
    #expect(changes == ["+1-4:7 0421:01c8", "-1-4:7 0421:01c8", "+1-4:8 0e8d:2000"])
  }

  private static func describe(_ change: USBChange) -> String {
    switch change {
    case .arrived(let device): "+\(device.portPath):\(device.address) \(device.identifier)"
    case .departed(let device): "-\(device.portPath):\(device.address) \(device.identifier)"
    }
  }
}
