public import WireFormat

/// What a USB/IP connection begins with: one question and its answer, 8 bytes each, and what follows them.
///
/// | offset | field   | notes                                      |
/// |-------:|---------|--------------------------------------------|
/// |      0 | version | 0111; big endian, as everything in USB/IP   |
/// |      2 | code    | bit 15: request                             |
/// |      4 | status  | 0 in requests and when it worked            |
///
/// Source: the kernel's `Documentation/usb/usbip_protocol.rst` (`docs/protocols/usbip.md` 2).
public struct USBIPOperation: Equatable, Sendable {
  public static let byteCount = 8
  /// Version 1.1.1, the only one in use.
  public static let version: UInt16 = 0x0111
  /// The TCP port that servers listen at unless told otherwise.
  public static let standardPort: UInt16 = 3240

  public enum Code: UInt16, Sendable {
    /// Nothing follows.
    case requestDeviceList = 0x8005
    /// A count of 4 bytes, then so many `USBIPDeviceRecord` with their interfaces.
    case replyDeviceList = 0x0005
    /// A bus id of 32 bytes.
    case requestImport = 0x8003
    /// A `USBIPDeviceRecord` without interfaces when the status is 0, else nothing.
    case replyImport = 0x0003
  }

  /// The status of a reply. The protocol's text knows 0 and 1; the kernel's tools tell them apart further.
  public struct Status: RawRepresentable, Equatable, Sendable {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let done = Self(rawValue: 0)
    public static let failed = Self(rawValue: 1)
    /// Somebody else has imported the device.
    public static let busy = Self(rawValue: 2)
    public static let deviceError = Self(rawValue: 3)
    public static let noDevice = Self(rawValue: 4)
    public static let unexpected = Self(rawValue: 5)
  }

  public var code: Code
  public var status: Status

  public init(_ code: Code, status: Status = .done) {
    self.code = code
    self.status = status
  }

  /// Throws `WireError.invalid` for another version and for a code that USB/IP does not have.
  public init(parsing bytes: RawSpan) throws(WireError) {
    let version = try bytes.load(bigEndian: UInt16.self, at: 0)
    guard version == Self.version else { throw .invalid(field: "version", at: 0, value: UInt64(version)) }
    let rawCode = try bytes.load(bigEndian: UInt16.self, at: 2)
    guard let code = Code(rawValue: rawCode) else { throw .invalid(field: "code", at: 2, value: UInt64(rawCode)) }
    self.code = code
    status = Status(rawValue: try bytes.load(bigEndian: UInt32.self, at: 4))
  }

  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(bigEndian: Self.version)
    bytes.append(bigEndian: code.rawValue)
    bytes.append(bigEndian: status.rawValue)
  }
}
