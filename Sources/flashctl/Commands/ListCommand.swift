import ArgumentParser
import FlashCore
import USBTransport

/// `flashctl list`
struct ListCommand: FlashctlCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the devices in a mode that flashctl knows.", aliases: ["ls"])

  @Flag(help: "Go on and show devices as they come and go, until Ctrl-C.")
  var watch = false

  @OptionGroup var output: OutputOptions

  func execute(_ console: Console) async throws {
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
