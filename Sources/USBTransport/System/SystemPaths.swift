/// Where the system's own trees are; tests point them at folders they made.
public struct SystemPaths: Equatable, Sendable {
  public var sys: String
  public var dev: String
  public var proc: String
  public var run: String

  public init(sys: String = "/sys", dev: String = "/dev", proc: String = "/proc", run: String = "/run") {
    self.sys = sys
    self.dev = dev
    self.proc = proc
    self.run = run
  }

  /// `/sys/bus/usb/devices`, the list of everything on the machine's buses.
  var usbDevices: String { sys + "/bus/usb/devices" }
  /// There while a udevd runs.
  var udevControl: String { run + "/udev/control" }

  /// The node of the device at `bus` and `address`: `/dev/bus/usb/001/004`.
  func node(bus: Int, address: Int) -> String {
    "\(dev)/bus/usb/\(Self.threeDigits(bus))/\(Self.threeDigits(address))"
  }

  private static func threeDigits(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
  }
}
