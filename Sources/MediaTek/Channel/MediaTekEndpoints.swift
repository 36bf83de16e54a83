public import FlashCore
public import USBWire

/// Where MediaTek's boot ROMs, preloaders and agents are spoken to: the data interface of a CDC-ACM pair.
///
/// The first interface of class 0A with a bulk endpoint each way; where there is none, the first with such a pair. Numbers
/// are not trusted: either interface may come first, and either may have either number.
/// Source: `docs/protocols/mtk-brom.md` 2.2.
public struct MediaTekEndpoints: Equatable, Sendable {
  public var interface: UInt8
  /// The communication interface of the pair, which is claimed too so that no driver holds it; `nil` where there is none.
  public var communication: UInt8?
  public var input: EndpointAddress
  public var output: EndpointAddress
  /// wMaxPacketSize of the IN endpoint, in bytes.
  public var packetByteCount: Int
  /// A stream of bytes without endpoints: a serial port.
  public var isStream: Bool

  /// `nil` when the device has no such interface.
  public init?(_ kind: LinkKind) {
    guard case .usb(let device) = kind else {
      interface = 0
      communication = nil
      input = .input(1)
      output = .output(1)
      packetByteCount = 512
      isStream = true
      return
    }
    let settings = (device.configuration?.settings ?? []).filter { $0.alternate == 0 }
    let pairs = settings.filter { $0.bulkPair != nil }
    guard let data = pairs.first(where: { $0.interfaceClass == 0x0A }) ?? pairs.first, let pair = data.bulkPair else {
      return nil
    }
    interface = data.number
    communication = settings.first { $0.interfaceClass == 0x02 && $0.number != data.number }?.number
    input = pair.input.address
    output = pair.output.address
    packetByteCount = max(8, Int(pair.input.maximumPacketSize & 0x7FF))
    isStream = false
  }

  /// Full-speed devices are boot ROMs, which take no more than a kilobyte at a time.
  public var isFullSpeed: Bool { packetByteCount <= 64 }
}

extension InterfaceDescriptor {
  /// Its first bulk endpoints of either direction, when it has both.
  fileprivate var bulkPair: (input: EndpointDescriptor, output: EndpointDescriptor)? {
    let bulk = endpoints.filter { $0.transferType == .bulk }
    guard let input = bulk.first(where: \.address.isInput), let output = bulk.first(where: { !$0.address.isInput })
    else { return nil }
    return (input, output)
  }
}
