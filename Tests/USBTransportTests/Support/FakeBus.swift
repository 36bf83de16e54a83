import FlashCore
import USBWire
import WireFormat

@testable import USBTransport

/// A made-up /sys, /dev, /proc and /run with USB devices that can be plugged in and out.
final class FakeBus: Sendable {
  let folder = TemporaryFolder()

  init() { TemporaryFolder.makeFolder(paths.sys + "/bus/usb/devices") }

  var paths: SystemPaths {
    SystemPaths(
      sys: folder.path + "/sys", dev: folder.path + "/dev", proc: folder.path + "/proc", run: folder.path + "/run")
  }
  var discovery: USBDiscovery { USBDiscovery(paths: paths) }
  var lockFolders: [String] { [folder.path + "/lock"] }

  struct Device {
    var port: String
    var bus = 1
    var address: Int
    var identifier = "0421:01c8"
    var files: [String: String] = [:]
    var descriptors: [UInt8] = FakeBus.updateMode
    var isConfigured = true
    /// Interface number and driver.
    var drivers: [Int: String] = [:]
    var nodes: [String] = []
  }

  /// Puts a device's folder together elsewhere and moves it into place, so that nobody sees half of it.
  func plug(_ device: Device) {
    let staged = "staged-\(device.port)"
    let ids = device.identifier.split(separator: ":")
    var files = device.files
    files["busnum"] = "\(device.bus)"
    files["devnum"] = "\(device.address)"
    files["idVendor"] = String(ids[0])
    files["idProduct"] = String(ids[1])
    files["bConfigurationValue"] = device.isConfigured ? "1" : ""
    for (name, text) in files { folder.write(text + "\n", to: "\(staged)/\(name)") }
    folder.write(device.descriptors, to: staged + "/descriptors")
    for (interface, driver) in device.drivers {
      folder.link("\(staged)/\(device.port):1.\(interface)/driver", to: "../../../../bus/usb/drivers/\(driver)")
    }
    for node in device.nodes { folder.write("", to: "\(staged)/\(device.port):1.\(node)/dev") }
    unplug(device.port)
    folder.move(staged, to: "sys/bus/usb/devices/" + device.port)
  }

  func unplug(_ port: String) { folder.remove("sys/bus/usb/devices/" + port) }

  /// Adds or changes one file of a device that is plugged in.
  func set(_ name: String, of port: String, to text: String) {
    folder.write(text + "\n", to: "sys/bus/usb/devices/\(port)/\(name)")
  }

  /// A link to a device in update mode at `1-4`, with nothing claimed yet.
  func link(to device: FakeDevice, clock: any LinkClock) throws -> USBLink {
    plug(.init(port: "1-4", address: 9))
    guard let info = discovery.device(at: "1-4") else { throw OpenError.notFound(selector: "usb:1-4", seen: []) }
    return USBLink(
      name: info.selector, device: info, calls: device.calls,
      presence: DevicePresence(of: info, discovery: discovery), clock: clock)
  }

  /// The same with both interfaces claimed and the Phonet one in its active setting, as `docs/protocols/mkii.md` 2.5 has it.
  func openLink(to device: FakeDevice, clock: any LinkClock) async throws -> USBLink {
    let link = try link(to: device, clock: clock)
    try await link.claim(interface: 1)
    try await link.setAlternate(1, of: 1)
    try await link.claim(interface: 2)
    return link
  }

  /// The descriptors of `docs/protocols/mkii.md` 2.4.
  static let updateMode: [UInt8] =
    Hex.bytes(
      """
      12 01 00 02 02 00 00 40 21 04 C8 01 00 01 01 02 03 01
      09 02 51 00 03 01 04 80 FA 09 04 00 00 00 02 FE 00 00 05 24 00 10 01 05 24 AB 05 15 05 24 06 00
      01 09 04 01 00 00 0A 00 00 00 09 04 01 01 02 0A 00 00 00 07 05 01 02 00 02 00 07 05 81 02 00 02
      00 09 04 02 00 01 FF 00 00 05 07 05 02 02 00 02 00
      """) ?? []
}
