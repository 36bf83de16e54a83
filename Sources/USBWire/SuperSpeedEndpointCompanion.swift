public import WireFormat

/// What follows an endpoint descriptor at super speed (USB 3.2, 9.6.7): 6 bytes.
public struct SuperSpeedEndpointCompanion: Equatable, Sendable {
  public static let byteCount = 6

  /// Packets that may be sent without waiting, less one: 0…15.
  public var maximumBurst: UInt8
  /// For bulk endpoints bits 0–4: streams as a power of two.
  public var attributes: UInt8
  /// wBytesPerInterval of a periodic endpoint; 0 for bulk.
  public var bytesPerInterval: UInt16

  public init(maximumBurst: UInt8, attributes: UInt8 = 0, bytesPerInterval: UInt16 = 0) {
    self.maximumBurst = maximumBurst
    self.attributes = attributes
    self.bytesPerInterval = bytesPerInterval
  }

  public init(parsing bytes: RawSpan) throws(WireError) {
    let kind = try bytes.byte(at: 1)
    guard kind == DescriptorKind.superSpeedEndpointCompanion.rawValue else {
      throw .invalid(field: "bDescriptorType", at: 1, value: UInt64(kind))
    }
    maximumBurst = try bytes.byte(at: 2)
    attributes = try bytes.byte(at: 3)
    bytesPerInterval = try bytes.load(littleEndian: UInt16.self, at: 4)
  }

  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: [
      UInt8(Self.byteCount), DescriptorKind.superSpeedEndpointCompanion.rawValue, maximumBurst, attributes,
    ])
    bytes.append(littleEndian: bytesPerInterval)
  }
}

extension EndpointDescriptor {
  /// The companion among the descriptors that follow; `nil` at other speeds, and when it is no companion as it should be.
  public var superSpeedCompanion: SuperSpeedEndpointCompanion? {
    guard extra.count >= SuperSpeedEndpointCompanion.byteCount else { return nil }
    return try? SuperSpeedEndpointCompanion(parsing: extra.rawSpan)
  }
}
