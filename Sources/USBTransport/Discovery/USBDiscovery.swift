public import FlashCore

/// What is plugged in, as the kernel knows it.
///
/// ```swift
/// for device in try USBDiscovery().devices() { print(device.selector, device.identifier) }
/// ```
///
/// Reads sysfs and asks no device anything, so it is fast, needs no rights, and disturbs nobody.
public struct USBDiscovery: Sendable {
  public let paths: SystemPaths

  public init(paths: SystemPaths = SystemPaths()) {
    self.paths = paths
  }

  /// Every device but root hubs, ordered by bus and port. Throws `OpenError.noUSB` on a machine without USB.
  public func devices() throws(OpenError) -> [USBDeviceInfo] { try scan().map(\.info) }

  /// The device at a port path (`1-4.2`), if there is one now.
  public func device(at portPath: String) -> USBDeviceInfo? { sysfsDevice(at: portPath)?.info }

  /// The interfaces of a device, with the drivers bound to them.
  public func interfaces(of device: USBDeviceInfo) -> [USBInterfaceState] {
    USBInterfaceState.all(folder: folder(device.portPath), portPath: device.portPath, dev: paths.dev)
  }

  /// The file that is opened to talk to a device: `/dev/bus/usb/001/004`. It need not exist.
  public func node(of device: USBDeviceInfo) -> String { paths.node(bus: device.bus, address: device.address) }

  /// What udev stored about a device (`ID_PATH`, `ID_MM_DEVICE_IGNORE`, …); nothing where no udevd runs.
  public func udevProperties(of device: USBDeviceInfo) -> [String: String] {
    UdevDatabase(paths: paths).properties(bus: device.bus, address: device.address)
  }

  /// The port path that the same socket has on its other bus, for sockets with USB 2 and USB 3 wires.
  ///
  /// A device that leaves at high speed and returns at super speed appears there.
  public func companionPort(of portPath: String) -> String? {
    SmallFile.linkName(folder(portPath) + "/port/peer").flatMap(Self.portPath(ofPort:))
  }

  func folder(_ portPath: String) -> String { paths.usbDevices + "/" + portPath }

  func sysfsDevice(at portPath: String) -> SysfsDevice? {
    Self.isDevice(portPath) ? SysfsDevice(folder: folder(portPath), portPath: portPath) : nil
  }

  /// Everything there is, known devices taken from `known` where bus address and ids are still the same.
  func scan(known: [String: SysfsDevice] = [:]) throws(OpenError) -> [SysfsDevice] {
    guard let names = SmallFile.names(in: paths.usbDevices) else {
      throw .noUSB(reason: paths.usbDevices)
    }
    let devices = names.filter(Self.isDevice).compactMap { name -> SysfsDevice? in
      if let old = known[name], old.isConfigured, isStill(old.info) { return old }
      return SysfsDevice(folder: folder(name), portPath: name)
    }
    return devices.sorted { Self.precedes($0.info, $1.info) }
  }

  /// Whether the device that was seen is the one there now, by its address, which changes with each enumeration.
  func isStill(_ device: USBDeviceInfo) -> Bool {
    SmallFile.number(at: folder(device.portPath) + "/devnum") == device.address
  }

  /// `1-4` and `1-4.2` are devices; `usb1` is a root hub and `1-4:1.0` an interface.
  private static func isDevice(_ name: String) -> Bool {
    name.first?.isNumber == true && name.utf8.contains(UInt8(ascii: "-")) && !name.utf8.contains(UInt8(ascii: ":"))
      && !name.utf8.contains(UInt8(ascii: "/"))
  }

  /// `usb2-port4` is the socket of `2-4`, and `2-4-port1` that of `2-4.1`.
  private static func portPath(ofPort name: String) -> String? {
    guard let range = name.firstRange(of: "-port") else { return nil }
    let hub = name[..<range.lowerBound]
    let port = name[range.upperBound...]
    guard !hub.isEmpty, UInt8(port) != nil else { return nil }
    return hub.hasPrefix("usb") ? "\(hub.dropFirst(3))-\(port)" : "\(hub).\(port)"
  }

  static func precedes(_ left: USBDeviceInfo, _ right: USBDeviceInfo) -> Bool {
    let (leftPorts, rightPorts) = (numbers(left.portPath), numbers(right.portPath))
    return leftPorts.lexicographicallyPrecedes(rightPorts)
  }

  private static func numbers(_ portPath: String) -> [Int] {
    portPath.split { $0 == "-" || $0 == "." }.map { Int($0) ?? 0 }
  }
}
