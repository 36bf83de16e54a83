public import FlashCore
public import USBWire

/// Where a Qualcomm download protocol lives on a device: one interface with a bulk endpoint each way.
///
/// Found in the descriptors: the first interface of class FF, subclass FF and protocol FF, 10, 11 or 13 with exactly such a
/// pair; the protocol's value does not tell what runs there. Source: `docs/protocols/sahara.md` 1.1.
public struct QualcommEndpoints: Equatable, Sendable {
  public var interface: UInt8
  public var input: EndpointAddress
  public var output: EndpointAddress
  /// wMaxPacketSize of the IN endpoint, in bytes.
  public var packetByteCount: Int
  /// A stream of bytes without endpoints: a character device.
  public var isStream: Bool

  private static let protocols: Set<UInt8> = [0x10, 0x11, 0x13, 0xFF]

  /// `nil` when the device has no such interface.
  public init?(_ kind: LinkKind) {
    guard case .usb(let device) = kind else {
      self.init(interface: 0, input: .input(1), output: .output(1), packetByteCount: 512, isStream: true)
      return
    }
    let setting = device.configuration?.settings.first { setting in
      setting.alternate == 0 && setting.isVendorBulkPair && Self.protocols.contains(setting.interfaceProtocol)
    }
    guard let setting, let input = setting.endpoints.first(where: \.address.isInput),
      let output = setting.endpoints.first(where: { !$0.address.isInput })
    else { return nil }
    self.init(
      interface: setting.number, input: input.address, output: output.address,
      packetByteCount: max(8, Int(input.maximumPacketSize & 0x7FF)), isStream: false)
  }

  private init(
    interface: UInt8, input: EndpointAddress, output: EndpointAddress, packetByteCount: Int, isStream: Bool
  ) {
    self.interface = interface
    self.input = input
    self.output = output
    self.packetByteCount = packetByteCount
    self.isStream = isStream
  }
}
