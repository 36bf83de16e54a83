import FlashCore
import USBWire

/// Where a Mk II device takes bulk image data, found in its descriptors.
///
/// Source: `docs/protocols/mkii.md` 2.4 and 2.5, step 4.
struct MkIIRawEndpoint: Equatable, Sendable {
  static let interfaceName = "Device Upgrade Interface"
  /// The endpoint's address where no vendor interface tells.
  static let usual = EndpointAddress.output(2)

  var interface: UInt8
  var alternate: UInt8
  var endpoint: EndpointAddress

  /// The bulk OUT endpoint of a vendor interface that has exactly this one; one with Nokia's name is preferred. Else
  /// OUT 02 if the descriptors list it.
  static func find(in device: USBDeviceInfo) -> MkIIRawEndpoint? {
    let settings = device.configuration?.settings ?? []
    let vendor = settings.filter { setting in
      setting.interfaceClass == 0xFF && setting.endpoints.count == 1 && bulkOut(of: setting) != nil
    }
    let named = vendor.first { setting in
      setting.stringIndex != 0 && device.interfaceNames[setting.stringIndex] == interfaceName
    }
    let fallback = settings.first { $0.endpoints.contains { $0.address == usual && $0.transferType == .bulk } }
    guard let setting = named ?? vendor.first ?? fallback else { return nil }
    let endpoint = setting == fallback ? usual : bulkOut(of: setting) ?? usual
    return MkIIRawEndpoint(interface: setting.number, alternate: setting.alternate, endpoint: endpoint)
  }

  private static func bulkOut(of setting: InterfaceDescriptor) -> EndpointAddress? {
    setting.endpoints.first { !$0.address.isInput && $0.transferType == .bulk }?.address
  }
}
