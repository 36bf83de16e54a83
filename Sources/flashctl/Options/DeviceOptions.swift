import ArgumentParser
import FlashCore

/// The options every command takes that talks to a device.
struct DeviceOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Which device: usb:1-4.2, usb:0421:01c8, usb:3:17, serial:TEXT, product:TEXT, usbip:HOST[:PORT]/BUSID, tcp:HOST:PORT, tty:NODE or sim:MODEL[,KEY=VALUE]… (default: FLASHCTL_DEVICE, else the only one attached).",
      valueName: "selector"))
  var device: String?

  @Flag(help: "Wait for the device to appear, also through re-enumeration.")
  var wait = false

  @Option(help: ArgumentHelp("How long --wait waits, in seconds (default: 120).", valueName: "seconds"))
  var waitLimit: Double?

  @Option(
    help: ArgumentHelp(
      "Silence allowed per step, in seconds, in place of the protocol's own limits.", valueName: "seconds"))
  var timeout: Double?

  @Flag(help: "Show every message exchanged with the device, in hexadecimal.")
  var trace = false

  @OptionGroup var output: OutputOptions

  mutating func validate() throws {
    if let timeout, !(timeout > 0 && timeout <= 86_400) {
      throw ValidationError("--timeout takes seconds above 0 and up to 86400.")
    }
    if let waitLimit, !(waitLimit >= 0 && waitLimit <= 86_400) {
      throw ValidationError("--wait-limit takes seconds from 0 to 86400.")
    }
    _ = try selector()
  }

  /// The device the user chose, here or in the environment; `nil` for "the only one attached".
  func selector() throws -> DeviceSelector? { try Self.selector(chosen: device) }

  static func selector(chosen device: String?) throws -> DeviceSelector? {
    if let device { return try parse(device) }
    guard let text = Environment["FLASHCTL_DEVICE"], !text.isEmpty else { return nil }
    return try parse(text)
  }

  private static func parse(_ text: String) throws -> DeviceSelector {
    guard !text.isEmpty else {
      throw ValidationError("--device is empty; leave it out for the only device attached.")
    }
    do {
      return try DeviceSelector(parsing: text)
    } catch {
      throw ValidationError(
        "'\(error.text)' is no device selector: its \(error.part) is wrong. Examples: usb:1-4.2, usb:0421:01c8, "
          + "serial:0AA94EFD, usbip:bench/1-1, tcp:127.0.0.1:4000, sim:rx51")
    }
  }

  func request() throws -> DeviceRequest {
    DeviceRequest(
      selector: try selector(), arrivalLimit: wait || waitLimit != nil ? .seconds(waitLimit ?? 120) : nil,
      stepLimit: timeout.map { .seconds($0) })
  }
}
