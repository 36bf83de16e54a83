import FlashCore
import Glibc
import Testing

@testable import USBTransport

@Suite("Who holds a device")
struct DeviceHoldersTests {
  let bus = FakeBus()

  @Test func `are the processes that have its node or a driver's node open`() throws {
    bus.plug(.init(port: "1-3", address: 5, drivers: [0: "cdc_acm"], nodes: ["0/tty/ttyACM0"]))
    let dev = bus.paths.dev
    process(600, "ModemManager", open: ["/dev/null", dev + "/ttyACM0"])
    process(700, "qemu", open: [dev + "/bus/usb/001/005", dev + "/bus/usb/001/005"])
    process(800, "bash", open: [dev + "/bus/usb/001/006"])
    let device = try #require(bus.discovery.device(at: "1-3"))
    let holders = DeviceHolders(of: device, discovery: bus.discovery)
    #expect(holders.names == ["ModemManager (pid 600)", "qemu (pid 700)"])
    #expect(holders.processes.map(\.isModemManager) == [true, false])
    #expect(holders.processes.first?.node == dev + "/ttyACM0")
    #expect(holders.hiddenProcessCount == 0)
  }

  @Test func `may be hidden in processes that cannot be looked into`() throws {
    bus.plug(.init(port: "1-3", address: 5))
    bus.folder.write("secret\n", to: "proc/900/comm")
    let device = try #require(bus.discovery.device(at: "1-3"))
    let holders = DeviceHolders(of: device, discovery: bus.discovery)
    #expect(holders.processes.isEmpty)
    #expect(holders.hiddenProcessCount == 1)
  }

  @Test func `are none on a machine without proc`() throws {
    bus.plug(.init(port: "1-3", address: 5))
    let device = try #require(bus.discovery.device(at: "1-3"))
    #expect(DeviceHolders(of: device, discovery: bus.discovery) == DeviceHolders())
  }

  private func process(_ identifier: Int, _ command: String, open nodes: [String]) {
    bus.folder.write(command + "\n", to: "proc/\(identifier)/comm")
    for (index, node) in nodes.enumerated() { bus.folder.link("proc/\(identifier)/fd/\(index)", to: node) }
  }
}

@Suite("The right to open a device")
struct DeviceAccessTests {
  let bus = FakeBus()

  @Test func `is told with the node's mode and owner`() throws {
    bus.plug(.init(port: "1-3", address: 5))
    bus.folder.write("", to: "dev/bus/usb/001/005")
    chmod(bus.paths.dev + "/bus/usb/001/005", 0o640)
    let device = try #require(bus.discovery.device(at: "1-3"))
    let access = DeviceAccess(of: device, discovery: bus.discovery)
    #expect(access.path == bus.paths.dev + "/bus/usb/001/005")
    #expect(access.exists)
    #expect(access.isAllowed)
    #expect(access.mode == 0o640)
    #expect(access.userID == geteuid())
    if geteuid() == 0 { #expect(access.user == "root") }
  }

  @Test func `is none where the node is missing`() throws {
    bus.plug(.init(port: "1-3", address: 5))
    let device = try #require(bus.discovery.device(at: "1-3"))
    let access = DeviceAccess(of: device, discovery: bus.discovery)
    #expect(!access.exists)
    #expect(!access.isAllowed)
    #expect(access.user == nil)
  }
}
