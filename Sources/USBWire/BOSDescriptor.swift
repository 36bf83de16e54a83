public import WireFormat

/// The binary device object store (USB 3.2, 9.6.2): what a device can do, whatever speed it runs at.
public struct BOSDescriptor: Equatable, Sendable {
  public var capabilities: [DeviceCapability]

  public init(capabilities: [DeviceCapability]) { self.capabilities = capabilities }

  /// Parses a store of any content; bytes beyond wTotalLength are ignored.
  ///
  /// Throws `WireError` where a capability's length runs past the data or is below three.
  public init(parsing bytes: RawSpan) throws(WireError) {
    try bytes.require(5, at: 0)
    let kind = try bytes.byte(at: 1)
    guard kind == DescriptorKind.bos.rawValue else {
      throw .invalid(field: "bDescriptorType", at: 1, value: UInt64(kind))
    }
    let total = Swift.min(Int(try bytes.load(littleEndian: UInt16.self, at: 2)), bytes.byteCount)
    capabilities = []
    var offset = 5
    while offset < total {
      let length = Int(try bytes.byte(at: offset))
      guard length >= 3 else { throw .invalid(field: "bLength", at: offset, value: UInt64(length)) }
      guard offset + length <= total else {
        throw .truncated(at: offset, needed: length, available: total - offset)
      }
      capabilities.append(try DeviceCapability(parsing: bytes.extracting(offset..<offset + length)))
      offset += length
    }
  }

  public func serialize(into bytes: inout [UInt8]) {
    var body: [UInt8] = []
    for capability in capabilities { capability.serialize(into: &body) }
    bytes.append(contentsOf: [5, DescriptorKind.bos.rawValue])
    bytes.append(littleEndian: UInt16(clamping: 5 + body.count))
    bytes.append(UInt8(clamping: capabilities.count))
    bytes.append(contentsOf: body)
  }
}

/// One capability of a BOS descriptor (USB 3.2, table 9-13): its type, and what follows byte 3.
public enum DeviceCapability: Equatable, Sendable {
  /// USB 2.0 EXTENSION: bit 1 of the attributes is link power management.
  case usb2Extension(attributes: UInt32)
  case superSpeed(SuperSpeedCapability)
  case other(type: UInt8, data: [UInt8])

  private static let usb2ExtensionType: UInt8 = 2
  private static let superSpeedType: UInt8 = 3

  /// `bytes` is the descriptor as far as its own length says.
  init(parsing bytes: RawSpan) throws(WireError) {
    let kind = try bytes.byte(at: 1)
    guard kind == DescriptorKind.deviceCapability.rawValue else {
      throw .invalid(field: "bDescriptorType", at: 1, value: UInt64(kind))
    }
    switch try bytes.byte(at: 2) {
    case Self.usb2ExtensionType:
      self = .usb2Extension(attributes: try bytes.load(littleEndian: UInt32.self, at: 3))
    case Self.superSpeedType:
      self = .superSpeed(try SuperSpeedCapability(fieldsOf: bytes))
    case let type:
      self = .other(type: type, data: try bytes.copy(bytes.byteCount - 3, at: 3))
    }
  }

  func serialize(into bytes: inout [UInt8]) {
    let type: UInt8
    var data: [UInt8] = []
    switch self {
    case .usb2Extension(let attributes):
      type = Self.usb2ExtensionType
      data.append(littleEndian: attributes)
    case .superSpeed(let capability):
      type = Self.superSpeedType
      capability.serialize(into: &data)
    case .other(let other, let rest): (type, data) = (other, rest)
    }
    bytes.append(contentsOf: [UInt8(clamping: 3 + data.count), DescriptorKind.deviceCapability.rawValue, type])
    bytes.append(contentsOf: data)
  }
}

/// SUPERSPEED_USB (USB 3.2, table 9-16): 10 bytes, these from byte 3 on.
public struct SuperSpeedCapability: Equatable, Sendable {
  /// Bit 1: latency tolerance messages.
  public var attributes: UInt8
  /// Bit 0 low, 1 full, 2 high, 3 super speed.
  public var speeds: UInt16
  /// The lowest speed at which all functions are there, counted as in `speeds`.
  public var lowestFullSpeed: UInt8
  /// Microseconds.
  public var u1ExitLatency: UInt8
  /// Microseconds.
  public var u2ExitLatency: UInt16

  public init(
    attributes: UInt8 = 0, speeds: UInt16, lowestFullSpeed: UInt8, u1ExitLatency: UInt8, u2ExitLatency: UInt16
  ) {
    self.attributes = attributes
    self.speeds = speeds
    self.lowestFullSpeed = lowestFullSpeed
    self.u1ExitLatency = u1ExitLatency
    self.u2ExitLatency = u2ExitLatency
  }

  init(fieldsOf bytes: RawSpan) throws(WireError) {
    attributes = try bytes.byte(at: 3)
    speeds = try bytes.load(littleEndian: UInt16.self, at: 4)
    lowestFullSpeed = try bytes.byte(at: 6)
    u1ExitLatency = try bytes.byte(at: 7)
    u2ExitLatency = try bytes.load(littleEndian: UInt16.self, at: 8)
  }

  func serialize(into bytes: inout [UInt8]) {
    bytes.append(attributes)
    bytes.append(littleEndian: speeds)
    bytes.append(contentsOf: [lowestFullSpeed, u1ExitLatency])
    bytes.append(littleEndian: u2ExitLatency)
  }
}
