public import WireFormat

/// The eight bytes that open a control transfer (USB 2.0, 9.3).
///
/// | offset | field         | notes                                        |
/// |-------:|---------------|----------------------------------------------|
/// |      0 | bmRequestType | bit 7: device to host; 6–5 type; 4–0 recipient |
/// |      1 | bRequest      |                                              |
/// |      2 | wValue        | little endian, as the next two               |
/// |      4 | wIndex        |                                              |
/// |      6 | wLength       |                                              |
public struct SetupPacket: Equatable, Sendable {
  public static let byteCount = 8

  public var requestType: UInt8
  public var request: UInt8
  public var value: UInt16
  public var index: UInt16
  public var length: UInt16

  public init(requestType: UInt8, request: UInt8, value: UInt16, index: UInt16, length: UInt16) {
    self.requestType = requestType
    self.request = request
    self.value = value
    self.index = index
    self.length = length
  }

  public init(parsing bytes: RawSpan) throws(WireError) {
    requestType = try bytes.byte(at: 0)
    request = try bytes.byte(at: 1)
    value = try bytes.load(littleEndian: UInt16.self, at: 2)
    index = try bytes.load(littleEndian: UInt16.self, at: 4)
    length = try bytes.load(littleEndian: UInt16.self, at: 6)
  }

  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(requestType)
    bytes.append(request)
    bytes.append(littleEndian: value)
    bytes.append(littleEndian: index)
    bytes.append(littleEndian: length)
  }

  /// Whether the data stage goes from the device to the host.
  public var isInput: Bool { requestType & 0x80 != 0 }
}

/// bRequest of the standard requests (USB 2.0, table 9-4; the last two USB 3.2, table 9-5).
public enum StandardRequest: UInt8, Sendable {
  case getStatus = 0
  case clearFeature = 1
  case setFeature = 3
  case setAddress = 5
  case getDescriptor = 6
  case setDescriptor = 7
  case getConfiguration = 8
  case setConfiguration = 9
  case getInterface = 10
  case setInterface = 11
  /// Exit latencies of the link's power states: 6 bytes to the device.
  case setSystemExitLatencies = 48
  /// wValue: nanoseconds.
  case setIsochronousDelay = 49
}

/// wValue of SET_FEATURE and CLEAR_FEATURE (USB 2.0, table 9-6; from 48 on USB 3.2, table 9-7).
public enum StandardFeature: UInt16, Sendable {
  /// For an endpoint ENDPOINT_HALT, for an interface FUNCTION_SUSPEND (super speed).
  case haltOrFunctionSuspend = 0
  case deviceRemoteWakeup = 1
  case testMode = 2
  case u1Enable = 48
  case u2Enable = 49
  case latencyToleranceEnable = 50
}

extension SetupPacket {
  public static func setConfiguration(_ value: UInt8) -> Self {
    Self(
      requestType: 0x00, request: StandardRequest.setConfiguration.rawValue, value: UInt16(value), index: 0, length: 0)
  }

  public static func setInterface(_ interface: UInt8, alternate: UInt8) -> Self {
    Self(
      requestType: 0x01, request: StandardRequest.setInterface.rawValue, value: UInt16(alternate),
      index: UInt16(interface), length: 0)
  }

  public static func getDescriptor(_ kind: DescriptorKind, index: UInt8, language: UInt16 = 0, length: UInt16) -> Self {
    Self(
      requestType: 0x80, request: StandardRequest.getDescriptor.rawValue,
      value: UInt16(kind.rawValue) << 8 | UInt16(index), index: language, length: length)
  }

  /// GET_CONFIGURATION: one byte, the value of the active configuration, 0 when there is none.
  public static var getConfiguration: Self {
    Self(requestType: 0x80, request: StandardRequest.getConfiguration.rawValue, value: 0, index: 0, length: 1)
  }

  /// CLEAR_FEATURE(ENDPOINT_HALT).
  public static func clearHalt(_ endpoint: EndpointAddress) -> Self {
    Self(
      requestType: 0x02, request: StandardRequest.clearFeature.rawValue, value: 0,
      index: UInt16(endpoint.rawValue), length: 0)
  }
}
