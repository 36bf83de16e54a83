import FlashCore
import USBWire
import WireFormat

/// A device as its folder in sysfs shows it.
///
/// The kernel keeps all of this from the moment when it enumerated the device: reading it asks the device nothing.
/// Source: Linux `Documentation/ABI/stable/sysfs-bus-usb` and `testing/sysfs-bus-usb`.
struct SysfsDevice: Equatable, Sendable {
  var info: USBDeviceInfo
  /// Whether a configuration is active; before that there are no interfaces to claim.
  var isConfigured: Bool

  /// `nil` when the device left in the meantime, or the folder is none of a device.
  init?(folder: String, portPath: String) {
    guard let bus = SmallFile.number(at: folder + "/busnum"),
      let address = SmallFile.number(at: folder + "/devnum"),
      let vendor = Self.identifier(folder + "/idVendor"),
      let product = Self.identifier(folder + "/idProduct")
    else { return nil }
    info = USBDeviceInfo(portPath: portPath, bus: bus, address: address, vendorID: vendor, productID: product)
    info.deviceRelease = Self.identifier(folder + "/bcdDevice") ?? 0
    info.manufacturer = SmallFile.line(at: folder + "/manufacturer")
    info.product = SmallFile.line(at: folder + "/product")
    info.serialNumber = SmallFile.line(at: folder + "/serial")
    info.configurationName = SmallFile.line(at: folder + "/configuration")
    info.speed = SmallFile.line(at: folder + "/speed").flatMap { Double($0) }
    let active = SmallFile.number(at: folder + "/bConfigurationValue").flatMap(UInt8.init(exactly:))
    isConfigured = active.map { $0 != 0 } ?? false
    info.configuration = Self.configuration(folder + "/descriptors", active: active)
    info.interfaceNames = interfaceNames(folder)
  }

  private static func identifier(_ path: String) -> UInt16? {
    SmallFile.number(at: path, radix: 16).flatMap(UInt16.init(exactly:))
  }

  /// The active configuration out of `descriptors`: the device descriptor, then each configuration as the device sent it.
  private static func configuration(_ path: String, active: UInt8?) -> ConfigurationDescriptor? {
    guard let bytes = SmallFile.bytes(at: path) else { return nil }
    var first: ConfigurationDescriptor?
    var offset = DeviceDescriptor.byteCount
    while offset + 9 <= bytes.count {
      let total = Int(bytes[offset + 2]) | Int(bytes[offset + 3]) << 8
      guard total >= 9 else { break }
      let piece = Array(bytes[offset..<min(offset + total, bytes.count)])
      if let configuration = try? ConfigurationDescriptor(parsing: piece.rawSpan) {
        if configuration.value == active { return configuration }
        first = first ?? configuration
      }
      offset += total
    }
    return first
  }

  /// iInterface strings by index, from the folders of the interfaces (`1-4:1.0/interface`).
  private func interfaceNames(_ folder: String) -> [UInt8: String] {
    guard let configuration = info.configuration else { return [:] }
    var names: [UInt8: String] = [:]
    for setting in configuration.settings where setting.stringIndex != 0 && names[setting.stringIndex] == nil {
      let interface = "\(folder)/\(info.portPath):\(configuration.value).\(setting.number)"
      // The file shows the string of the setting that is active now, so the others' strings stay unknown.
      guard SmallFile.number(at: interface + "/bAlternateSetting") ?? 0 == Int(setting.alternate) else { continue }
      names[setting.stringIndex] = SmallFile.line(at: interface + "/interface")
    }
    return names
  }
}
