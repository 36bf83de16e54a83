import FlashCore
import USBWire

extension MkIIFamily {
  static let vendorID: UInt16 = 0x0421

  /// Flashing modes only: mass storage, synchronisation and network modes of the same devices are none.
  ///
  /// Source: `docs/protocols/mkii.md` 2.1.
  static let table: [USBIdentity] = [
    USBIdentity(
      vendorID, 0x0105, mode: "NOLO", devices: "Nokia 770, N800, N810, N810 WiMAX, N900, N950, N9",
      source: "mkii.md 2.1"),
    USBIdentity(
      vendorID, 0x0106, mode: "cold flash", devices: "Nokia N900, N950, N9 (boot ROM)", source: "mkii.md 2.1"),
    USBIdentity(
      vendorID, 0x01C8, mode: "Mk II", devices: "Nokia N900, N950, N9 (update mode), N900, N950 (PC Suite)",
      isSupported: true, source: "mkii.md 2.1"),
    USBIdentity(
      vendorID, 0x03D2, mode: "Mk II", devices: "Nokia N950 (PC Suite)", isSupported: true, source: "mkii.md 2.1"),
  ]

  static func recognise(_ device: USBDeviceInfo) -> RecognisedMode? {
    let identity = table.first { $0.vendorID == device.vendorID && $0.productID == device.productID }
    guard let identity else { return nil }
    guard identity.isSupported else {
      return RecognisedMode(family: MkIIFamily.name, mode: identity.mode, isSupported: false)
    }
    // 01C8 without alternate setting 1 on interface 1 is U-Boot's serial gadget (2.5, step 1).
    if let configuration = device.configuration {
      let hasMessages = configuration.setting(MkIIChannel.activeAlternate, of: MkIIChannel.interface) != nil
      guard configuration.interfaceCount > 1, hasMessages else { return nil }
    }
    let mode = MkIIMode(configurationName: device.configurationName)
    return RecognisedMode(family: MkIIFamily.name, mode: mode.rawValue, isSupported: true)
  }
}
