import ArgumentParser
import FlashCore
import USBTransport

/// `flashctl list`
struct ListCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the devices in a mode that flashctl knows.", aliases: ["ls"])

  @Flag(help: "Go on and show devices as they come and go, until Ctrl-C.")
  var watch = false

  @Option(
    help: ArgumentHelp(
      "List what a USB/IP server exports, in place of what is attached here (port 3240 unless given).",
      valueName: "host[:port]"))
  var usbip: String?

  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    guard let usbip else { return }
    guard !watch else { throw ValidationError("--watch follows devices attached here; it does not go with --usbip.") }
    _ = try Self.server(usbip)
  }

  private static func server(_ text: String) throws -> NetworkAddress {
    do {
      return try NetworkAddress(parsing: text, standardPort: USBIPExports.standardPort)
    } catch {
      throw ValidationError(
        "'\(text)' is no server: its \(error.rawValue) is wrong. Examples: bench, 127.0.0.1:3240, [::1]:3240")
    }
  }

  func execute(_ console: Console) async throws {
    if let usbip { return try await show(exportsOf: Self.server(usbip), on: console) }
    let discovery = USBDiscovery()
    let devices: [ListedDevice]
    do {
      devices = try ListedDevice.all(discovery)
    } catch let error as OpenError {
      guard case .noUSB(let reason) = error, !watch else { throw error }
      console.info("this machine has no USB (no \(reason))")
      console.event("result", ["status": "done", "devices": 0])
      return
    }
    if watch { return try await follow(discovery, console) }
    show(devices, on: console)
    console.event("result", ["status": "done", "devices": .integer(Int64(devices.count))])
  }

  private func show(exportsOf server: NetworkAddress, on console: Console) async throws {
    let devices: [ListedDevice]
    do {
      devices = try await USBIPExports(server: server).devices().map { ListedDevice($0) }
    } catch {
      throw Diagnostic(describing: error, device: "usbip:\(server)", step: "list")
    }
    for device in devices { console.emit("device", device.members) }
    if devices.isEmpty {
      console.info("the USB/IP server at \(server) exports no device")
    } else {
      ListedDevice.table(devices).forEach(console.result)
    }
    console.event("result", ["status": "done", "devices": .integer(Int64(devices.count))])
  }

  private func show(_ devices: [ListedDevice], on console: Console) {
    for device in devices { console.emit("device", device.members) }
    if devices.isEmpty {
      console.info("no device in a mode that flashctl knows (`flashctl doctor` shows what is attached)")
    }
    if !devices.isEmpty { ListedDevice.table(devices).forEach(console.result) }
  }

  /// Shows what is there and then what comes and goes, until the task is cancelled or nobody reads any more.
  private func follow(_ discovery: USBDiscovery, _ console: Console) async throws {
    for await change in try USBWatcher(discovery: discovery).changes() {
      switch change {
      case .arrived(let device):
        guard let listed = ListedDevice(device, discovery) else { continue }
        console.emit("arrived", listed.members)
        console.result("+ " + listed.line)
      case .departed(let device):
        guard let listed = ListedDevice(device, discovery) else { continue }
        console.emit("departed", listed.members)
        console.result("- " + listed.line)
      }
      if OutputStream.isReaderGone { return }
    }
    try Task.checkCancellation()
  }
}
