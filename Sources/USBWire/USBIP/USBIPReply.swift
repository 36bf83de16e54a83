public import WireFormat

/// What the server of an imported device sends: 48 bytes, and behind a SUBMIT from the device its data.
///
/// | offset | field             | RET_SUBMIT                    | RET_UNLINK                         |
/// |-------:|-------------------|-------------------------------|------------------------------------|
/// |      0 | command           | 3                             | 4                                  |
/// |      4 | seqnum            | of the SUBMIT                 | of the UNLINK                      |
/// |      8 | devid, direction, ep | 0                          | 0                                  |
/// |     14 | status            | 0, or a negative errno        | −104 in time, 0 too late           |
/// |     18 | actual_length     | bytes moved                   |                                    |
/// |     1C | start_frame       | isochronous only              |                                    |
/// |     20 | number_of_packets | 0 (or FFFFFFFF): not isochronous |                                 |
/// |     24 | error_count       | isochronous only              |                                    |
///
/// Replies do not say which way the data went: the client knows from its own SUBMIT, and whether data follows.
/// Source: `docs/protocols/usbip.md` 5.
public enum USBIPReply: Equatable, Sendable {
  /// `byteCount`: 0 … 2^31 − 1, as the peer claims.
  case submit(sequence: UInt32, status: USBIPStatus, byteCount: Int)
  case unlink(sequence: UInt32, status: USBIPStatus)

  public static let byteCount = 48
  private static let submitCommand: UInt32 = 3
  private static let unlinkCommand: UInt32 = 4

  /// Throws `WireError.invalid` for another command and for a length that is negative.
  public init(parsing bytes: RawSpan) throws(WireError) {
    try bytes.require(Self.byteCount, at: 0)
    let command = try bytes.load(bigEndian: UInt32.self, at: 0)
    let sequence = try bytes.load(bigEndian: UInt32.self, at: 4)
    let status = USBIPStatus(rawValue: try bytes.load(bigEndian: Int32.self, at: 0x14))
    switch command {
    case Self.submitCommand:
      let length = try bytes.load(bigEndian: UInt32.self, at: 0x18)
      guard let byteCount = Int32(exactly: length) else {
        throw .invalid(field: "actual_length", at: 0x18, value: UInt64(length))
      }
      self = .submit(sequence: sequence, status: status, byteCount: Int(byteCount))
    case Self.unlinkCommand:
      self = .unlink(sequence: sequence, status: status)
    default:
      throw .invalid(field: "command", at: 0, value: UInt64(command))
    }
  }

  public func serialize(into bytes: inout [UInt8]) {
    switch self {
    case .submit(let sequence, let status, let byteCount):
      for field in [Self.submitCommand, sequence, 0, 0, 0] { bytes.append(bigEndian: field) }
      bytes.append(bigEndian: status.rawValue)
      bytes.append(bigEndian: UInt32(clamping: byteCount))
      for field: UInt32 in [0, 0, 0, 0, 0] { bytes.append(bigEndian: field) }
    case .unlink(let sequence, let status):
      for field in [Self.unlinkCommand, sequence, 0, 0, 0] { bytes.append(bigEndian: field) }
      bytes.append(bigEndian: status.rawValue)
      bytes.append(contentsOf: repeatElement(0, count: 24))
    }
  }
}

/// How a transfer ended: 0, or an errno of Linux with a minus sign, whatever system the server runs on.
public struct USBIPStatus: RawRepresentable, Equatable, Hashable, Sendable {
  public var rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let done = Self(rawValue: 0)
  /// ENOENT: unlinked by the side that serves it.
  public static let killed = Self(rawValue: -2)
  /// ENODEV: there is no such device any more.
  public static let noDevice = Self(rawValue: -19)
  /// EINVAL: no such endpoint, or a transfer it does not have.
  public static let invalid = Self(rawValue: -22)
  /// EPIPE: the endpoint has halted, or the device refuses the request.
  public static let stalled = Self(rawValue: -32)
  /// EPROTO: the device did not answer as USB wants it.
  public static let protocolError = Self(rawValue: -71)
  /// EOVERFLOW: the device sent more than there was room for.
  public static let overflow = Self(rawValue: -75)
  /// ECONNRESET: unlinked, as asked.
  public static let unlinked = Self(rawValue: -104)
  /// ESHUTDOWN: the device is gone, or its endpoint.
  public static let gone = Self(rawValue: -108)
  /// EREMOTEIO: fewer bytes than asked for, where `shortNotOK` was set.
  public static let short = Self(rawValue: -121)
}
