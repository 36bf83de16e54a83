import ArgumentParser
import DeviceSimulator
import USBWire

/// How simulated devices are served: over USB/IP unless another way is named.
struct ServingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Serve over USB/IP at this address; a bare port means 127.0.0.1, port 0 takes a free one (default: 127.0.0.1:3240).",
      valueName: "address:port"))
  var usbip: ListenAddress?

  @Option(
    help: ArgumentHelp(
      "Serve one device over TCP; a bare port means 127.0.0.1, port 0 takes a free one.", valueName: "address:port"))
  var tcp: ListenAddress?

  @Flag(
    help:
      "Attach the devices to this machine's own USB, as if they were plugged in; needs root and the kernel's module vhci-hcd."
  )
  var attach = false

  @Flag(help: "Serve one device that has a serial port on a pseudo-terminal.") var pty = false

  @Option(help: "Pace USB transfers like a bus: hs (high speed), ss (super speed), or none.")
  var wire: Wire?

  enum Wire: String, ExpressibleByArgument, CaseIterable {
    case hs, ss, none

    var model: WireModel {
      switch self {
      case .hs: .highSpeed
      case .ss: .superSpeed
      case .none: .unlimited
      }
    }
  }

  /// Checks what the options say together.
  func checkFit(models: [String]) throws {
    let chosen = [
      ("--usbip", usbip != nil), ("--attach", attach), ("--tcp", tcp != nil), ("--pty", pty),
    ].filter(\.1).map(\.0)
    guard chosen.count <= 1 else {
      throw ValidationError("\(chosen.joined(separator: " and ")) exclude each other; give one of them.")
    }
    guard tcp != nil || pty, let way = chosen.first else { return }
    guard models.count == 1 else {
      throw ValidationError(
        "\(way) serves one device; for several, leave it out (USB/IP serves them all) or start flashctl again.")
    }
    guard wire == nil else { throw ValidationError("--wire paces USB transfers; it does not go with \(way).") }
  }

  /// Makes the devices and whatever serves them; clients can come from here on.
  func makeServing(of devices: [SimulatorConfiguration], on stage: ServingStage) throws -> any DeviceServing {
    if let tcp, let device = devices.first { return try TCPServing(device, at: tcp, on: stage) }
    if pty, let device = devices.first { return try PTYServing(device, on: stage) }
    if attach { return try AttachServing(devices, wire: wire?.model ?? .unlimited, on: stage) }
    let address = usbip ?? ListenAddress(host: ListenAddress.loopback, port: USBIPOperation.standardPort)
    return try USBIPServing(devices, at: address, wire: wire?.model ?? .unlimited, on: stage)
  }
}
