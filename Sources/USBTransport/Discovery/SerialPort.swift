public import FlashCore
import Glibc

/// Serial ports that the kernel made of USB devices.
public enum SerialPort {
  /// The device behind a port's node, which may be a link (`/dev/serial/by-id/…`); `nil` for a port that is none of USB.
  ///
  /// Source: Linux `Documentation/ABI/stable/sysfs-class`, "device".
  public static func usbDevice(behind node: String, paths: SystemPaths = SystemPaths()) -> USBDeviceInfo? {
    guard let path = resolved(node), let name = path.split(separator: "/").last,
      var folder = resolved("\(paths.sys)/class/tty/\(name)/device")
    else { return nil }
    // The port's own folder, an interface's, the device's: never more than these, and some for hubs of drivers.
    for _ in 0..<5 {
      let last = folder.split(separator: "/").last.map(String.init) ?? ""
      if let device = SysfsDevice(folder: folder, portPath: last) { return device.info }
      guard let slash = folder.lastIndex(of: "/"), slash != folder.startIndex else { return nil }
      folder = String(folder[..<slash])
    }
    return nil
  }

  private static func resolved(_ path: String) -> String? {
    guard let text = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(text) }
    return unsafe String(cString: text)
  }
}
