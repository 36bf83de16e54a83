/// An interface of a device that is plugged in, and what the kernel does with it.
public struct USBInterfaceState: Equatable, Sendable {
  public var number: UInt8
  /// The kernel driver bound to it: `cdc_acm`, `option`, …; `usbfs` when a process has claimed it.
  public var driver: String?
  /// Device nodes that this driver made from it (`/dev/ttyACM0`).
  public var nodes: [String]

  public init(number: UInt8, driver: String? = nil, nodes: [String] = []) {
    self.number = number
    self.driver = driver
    self.nodes = nodes
  }

  /// What the kernel calls the driver of an interface that a process has claimed.
  static let userSpaceDriver = "usbfs"

  /// `folder` is the device's folder in sysfs.
  static func all(folder: String, portPath: String, dev: String) -> [USBInterfaceState] {
    let names = SmallFile.names(in: folder) ?? []
    return names.compactMap { name -> USBInterfaceState? in
      guard name.hasPrefix(portPath + ":"), let dot = name.lastIndex(of: "."),
        let number = UInt8(name[name.index(after: dot)...])
      else { return nil }
      let interface = folder + "/" + name
      return USBInterfaceState(
        number: number, driver: SmallFile.linkName(interface + "/driver"), nodes: nodes(interface, dev: dev))
    }.sorted { $0.number < $1.number }
  }

  /// Where drivers put the names of their nodes: `tty/ttyACM0`, `ttyUSB0`, `usbmisc/cdc-wdm0`.
  private static func nodes(_ interface: String, dev: String) -> [String] {
    let classes = ["tty", "usbmisc"].flatMap { SmallFile.names(in: interface + "/" + $0) ?? [] }
    let serial = (SmallFile.names(in: interface) ?? []).filter { $0.hasPrefix("ttyUSB") }
    return (classes + serial).sorted().map { dev + "/" + $0 }
  }
}
