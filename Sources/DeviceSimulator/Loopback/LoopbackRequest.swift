public import USBWire
public import WireFormat

/// bRequest of the loopback device's vendor requests (recipient device): `docs/simulated-devices.md`.
public enum LoopbackRequest: UInt8, Sendable, CaseIterable {
  /// To the device, no data: halts the endpoint whose address is in wIndex.
  case halt = 1
  /// To the device, no data: leaves the bus and is back after wValue milliseconds, under the product id in wIndex (0:
  /// as before).
  case leave = 2
  /// From the device: `LoopbackCounters`.
  case counters = 3
  /// To the device, no data: counters and patterns begin anew, queues are emptied.
  case restart = 4
  /// To the device: keeps up to 4096 bytes.
  case store = 5
  /// From the device: the bytes kept.
  case load = 6

  /// The setup packet of this request.
  public func setup(value: UInt16 = 0, index: UInt16 = 0, length: UInt16 = 0) -> SetupPacket {
    let isInput = self == .counters || self == .load
    return SetupPacket(
      requestType: isInput ? 0xC0 : 0x40, request: rawValue, value: value, index: index, length: length)
  }
}

/// What the loopback device has counted since it was made, or since `LoopbackRequest.restart`: 36 bytes, little endian.
///
/// | offset | field             | notes                                                       |
/// |-------:|-------------------|-------------------------------------------------------------|
/// |      0 | bytes sunk        | by EP 01                                                    |
/// |      8 | transfers sunk    | that ended with a short or zero-length packet               |
/// |     16 | bytes sourced     | by EP 81, as put on the wire                                |
/// |     24 | first wrong byte  | offset among the bytes sunk; all ones when none was (or knob `verify` is off) |
/// |     32 | checksum          | XOR of the 16-bit words sunk (knob `verify`), else 0        |
/// |     34 | reserved          | 0                                                           |
public struct LoopbackCounters: Equatable, Sendable {
  public static let byteCount = 36

  public var bytesSunk: UInt64 = 0
  public var transfersSunk: UInt64 = 0
  public var bytesSourced: UInt64 = 0
  public var firstWrongByte: UInt64?
  public var checksum: UInt16 = 0

  public init() {}

  public init(parsing bytes: RawSpan) throws(WireError) {
    bytesSunk = try bytes.load(littleEndian: UInt64.self, at: 0)
    transfersSunk = try bytes.load(littleEndian: UInt64.self, at: 8)
    bytesSourced = try bytes.load(littleEndian: UInt64.self, at: 16)
    let wrong = try bytes.load(littleEndian: UInt64.self, at: 24)
    firstWrongByte = wrong == .max ? nil : wrong
    checksum = try bytes.load(littleEndian: UInt16.self, at: 32)
    try bytes.require(Self.byteCount, at: 0)
  }

  public func serialize(into bytes: inout [UInt8]) {
    for field in [bytesSunk, transfersSunk, bytesSourced, firstWrongByte ?? .max] { bytes.append(littleEndian: field) }
    bytes.append(littleEndian: checksum)
    bytes.append(contentsOf: [0, 0])
  }
}
