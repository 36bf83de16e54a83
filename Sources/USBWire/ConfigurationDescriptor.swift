public import WireFormat

/// A configuration with its interfaces, as GET_DESCRIPTOR(CONFIGURATION) returns it (USB 2.0, 9.6.3–9.6.6).
///
/// Class-specific descriptors are carried along as bytes with the interface or endpoint they follow.
public struct ConfigurationDescriptor: Equatable, Sendable {
  public var value: UInt8
  public var stringIndex: UInt8
  public var attributes: UInt8
  /// In units of 2 mA at high speed, 8 mA at super speed.
  public var maximumPower: UInt8
  /// Every alternate setting of every interface, in the order of the descriptor.
  public var settings: [InterfaceDescriptor]

  public init(
    value: UInt8, stringIndex: UInt8, attributes: UInt8, maximumPower: UInt8, settings: [InterfaceDescriptor]
  ) {
    self.value = value
    self.stringIndex = stringIndex
    self.attributes = attributes
    self.maximumPower = maximumPower
    self.settings = settings
  }

  /// bNumInterfaces: interfaces with distinct numbers.
  public var interfaceCount: Int { Set(settings.map(\.number)).count }

  /// The descriptor of one alternate setting of an interface.
  public func setting(_ alternate: UInt8, of interface: UInt8) -> InterfaceDescriptor? {
    settings.first { $0.number == interface && $0.alternate == alternate }
  }

  /// Parses a configuration of any content; bytes beyond wTotalLength are ignored.
  ///
  /// Throws `WireError` where a descriptor's length runs past the data or is below two.
  public init(parsing bytes: RawSpan) throws(WireError) {
    try bytes.require(9, at: 0)
    let kind = try bytes.byte(at: 1)
    guard kind == DescriptorKind.configuration.rawValue else {
      throw .invalid(field: "bDescriptorType", at: 1, value: UInt64(kind))
    }
    let total = Swift.min(Int(try bytes.load(littleEndian: UInt16.self, at: 2)), bytes.byteCount)
    value = try bytes.byte(at: 5)
    stringIndex = try bytes.byte(at: 6)
    attributes = try bytes.byte(at: 7)
    maximumPower = try bytes.byte(at: 8)
    settings = []
    var offset = Int(try bytes.byte(at: 0))
    while offset < total {
      let length = Int(try bytes.byte(at: offset))
      guard length >= 2 else { throw .invalid(field: "bLength", at: offset, value: UInt64(length)) }
      guard offset + length <= total else {
        throw .truncated(at: offset, needed: length, available: total - offset)
      }
      try take(try bytes.copy(length, at: offset), at: offset)
      offset += length
    }
  }

  /// Adds one descriptor to the interface or endpoint it belongs to.
  private mutating func take(_ descriptor: [UInt8], at offset: Int) throws(WireError) {
    switch DescriptorKind(rawValue: descriptor[1]) {
    case .interface:
      settings.append(try InterfaceDescriptor(descriptor: descriptor, at: offset))
    case .endpoint:
      guard !settings.isEmpty else { throw .invalid(field: "endpoint before interface", at: offset, value: 0) }
      settings[settings.count - 1].endpoints.append(try EndpointDescriptor(descriptor: descriptor, at: offset))
    default:
      guard let last = settings.indices.last else { return }
      if let endpoint = settings[last].endpoints.indices.last {
        settings[last].endpoints[endpoint].extra += descriptor
      } else {
        settings[last].extra += descriptor
      }
    }
  }

  /// Writes the configuration, by the name of `kind` (`.otherSpeedConfiguration` has the same layout).
  public func serialize(as kind: DescriptorKind = .configuration, into bytes: inout [UInt8]) {
    var body: [UInt8] = []
    for setting in settings { setting.serialize(into: &body) }
    bytes.append(contentsOf: [9, kind.rawValue])
    bytes.append(littleEndian: UInt16(truncatingIfNeeded: 9 + body.count))
    bytes.append(contentsOf: [UInt8(clamping: interfaceCount), value, stringIndex, attributes, maximumPower])
    bytes.append(contentsOf: body)
  }
}

/// One alternate setting of one interface.
public struct InterfaceDescriptor: Equatable, Sendable {
  public var number: UInt8
  public var alternate: UInt8
  public var interfaceClass: UInt8
  public var interfaceSubclass: UInt8
  public var interfaceProtocol: UInt8
  public var stringIndex: UInt8
  public var endpoints: [EndpointDescriptor]
  /// Class-specific descriptors between this descriptor and its first endpoint.
  public var extra: [UInt8]

  public init(
    number: UInt8, alternate: UInt8 = 0, class interfaceClass: UInt8, subclass: UInt8,
    protocol interfaceProtocol: UInt8, stringIndex: UInt8 = 0, endpoints: [EndpointDescriptor] = [], extra: [UInt8] = []
  ) {
    self.number = number
    self.alternate = alternate
    self.interfaceClass = interfaceClass
    self.interfaceSubclass = subclass
    self.interfaceProtocol = interfaceProtocol
    self.stringIndex = stringIndex
    self.endpoints = endpoints
    self.extra = extra
  }

  init(descriptor: [UInt8], at offset: Int) throws(WireError) {
    guard descriptor.count >= 9 else {
      throw .truncated(at: offset, needed: 9, available: descriptor.count)
    }
    self.init(
      number: descriptor[2], alternate: descriptor[3], class: descriptor[5], subclass: descriptor[6],
      protocol: descriptor[7], stringIndex: descriptor[8])
  }

  func serialize(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: [
      9, DescriptorKind.interface.rawValue, number, alternate, UInt8(clamping: endpoints.count), interfaceClass,
      interfaceSubclass, interfaceProtocol, stringIndex,
    ])
    bytes.append(contentsOf: extra)
    for endpoint in endpoints { endpoint.serialize(into: &bytes) }
  }
}

/// An endpoint of an alternate setting.
public struct EndpointDescriptor: Equatable, Sendable {
  /// bmAttributes bits 0–1.
  public enum TransferType: UInt8, Sendable {
    case control = 0
    case isochronous = 1
    case bulk = 2
    case interrupt = 3
  }

  public var address: EndpointAddress
  public var attributes: UInt8
  public var maximumPacketSize: UInt16
  public var interval: UInt8
  /// Bytes of the descriptor itself behind those that every endpoint has; some devices have one.
  public var tail: [UInt8] = []
  /// Descriptors that follow: the super-speed companion, audio's two extra bytes.
  public var extra: [UInt8]

  public init(
    address: EndpointAddress, type: TransferType, maximumPacketSize: UInt16, interval: UInt8 = 0, extra: [UInt8] = []
  ) {
    self.address = address
    self.attributes = type.rawValue
    self.maximumPacketSize = maximumPacketSize
    self.interval = interval
    self.extra = extra
  }

  init(descriptor: [UInt8], at offset: Int) throws(WireError) {
    guard descriptor.count >= 7 else {
      throw .truncated(at: offset, needed: 7, available: descriptor.count)
    }
    address = EndpointAddress(rawValue: descriptor[2])
    attributes = descriptor[3]
    maximumPacketSize = UInt16(descriptor[4]) | UInt16(descriptor[5]) << 8
    interval = descriptor[6]
    tail = Array(descriptor[7...])
    extra = []
  }

  public var transferType: TransferType { TransferType(rawValue: attributes & 3) ?? .control }

  func serialize(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: [
      UInt8(clamping: 7 + tail.count), DescriptorKind.endpoint.rawValue, address.rawValue, attributes,
    ])
    bytes.append(littleEndian: maximumPacketSize)
    bytes.append(interval)
    bytes.append(contentsOf: tail)
    bytes.append(contentsOf: extra)
  }
}
