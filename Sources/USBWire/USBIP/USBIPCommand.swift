public import WireFormat

/// What the client of an imported device sends: 48 bytes, and behind a SUBMIT to the device so many bytes of data as it
/// says.
///
/// | offset | field                 | SUBMIT                    | UNLINK          |
/// |-------:|-----------------------|---------------------------|-----------------|
/// |      0 | command               | 1                         | 2               |
/// |      4 | seqnum                | counts per connection     | the same count  |
/// |      8 | devid                 | busnum << 16 \| devnum    | the same        |
/// |     0C | direction             | 0 out, 1 in               |                 |
/// |     10 | ep                    | endpoint number           |                 |
/// |     14 | transfer_flags        | `USBIPTransferFlags`      | unlinked seqnum |
/// |     18 | transfer_buffer_length| bytes                     |                 |
/// |     1C | start_frame           | isochronous only          |                 |
/// |     20 | number_of_packets     | 0 or FFFFFFFF: not isochronous |            |
/// |     24 | interval              | of a periodic endpoint    |                 |
/// |     28 | setup                 | control transfers only    |                 |
///
/// Source: `docs/protocols/usbip.md` 4.
public enum USBIPCommand: Equatable, Sendable {
  case submit(USBIPSubmit)
  case unlink(USBIPUnlink)

  public static let byteCount = 48

  /// Throws `WireError.invalid` for another command, a direction or an endpoint that there is not, and a length that
  /// is negative. Isochronous transfers parse; see `USBIPSubmit.isIsochronous`.
  public init(parsing bytes: RawSpan) throws(WireError) {
    try bytes.require(Self.byteCount, at: 0)
    let command = try bytes.load(bigEndian: UInt32.self, at: 0)
    switch command {
    case USBIPSubmit.command: self = .submit(try USBIPSubmit(fieldsOf: bytes))
    case USBIPUnlink.command: self = .unlink(try USBIPUnlink(fieldsOf: bytes))
    default: throw .invalid(field: "command", at: 0, value: UInt64(command))
    }
  }

  public func serialize(into bytes: inout [UInt8]) {
    switch self {
    case .submit(let submit): submit.serialize(into: &bytes)
    case .unlink(let unlink): unlink.serialize(into: &bytes)
    }
  }
}

/// transfer_flags of USBIP_CMD_SUBMIT (the kernel's `include/uapi/linux/usbip.h`).
public struct USBIPTransferFlags: OptionSet, Equatable, Sendable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// A short IN transfer is an error (−121).
  public static let shortNotOK = Self(rawValue: 0x0001)
  public static let isochronousAsSoonAsPossible = Self(rawValue: 0x0002)
  /// A zero-length packet follows an OUT transfer that fills its last packet.
  public static let zeroPacket = Self(rawValue: 0x0040)
  public static let noInterrupt = Self(rawValue: 0x0080)
  /// The data stage comes from the device; set beside the direction.
  public static let input = Self(rawValue: 0x0200)
}

/// USBIP_CMD_SUBMIT: a transfer to be made.
public struct USBIPSubmit: Equatable, Sendable {
  static let command: UInt32 = 1
  /// number_of_packets of a transfer that is not isochronous, as the protocol's text has it. Its example, which was
  /// captured, has 0, and so do we.
  private static let notIsochronous: UInt32 = 0xFFFF_FFFF

  public var sequence: UInt32
  public var deviceID: UInt32
  /// Number and direction; for a control transfer the direction is that of its data stage.
  public var endpoint: EndpointAddress
  public var flags: USBIPTransferFlags
  /// Bytes of data: what follows the header, or the room for what comes back. 0 … 2^31 − 1, as the peer claims.
  public var byteCount: Int
  public var startFrame: UInt32
  public var packetCount: UInt32
  public var interval: UInt32
  /// Eight zero bytes unless the endpoint is 0.
  public var setup: SetupPacket

  public init(
    sequence: UInt32, deviceID: UInt32, endpoint: EndpointAddress, byteCount: Int, flags: USBIPTransferFlags = [],
    setup: SetupPacket = SetupPacket(requestType: 0, request: 0, value: 0, index: 0, length: 0)
  ) {
    self.sequence = sequence
    self.deviceID = deviceID
    self.endpoint = endpoint
    self.flags = flags
    self.byteCount = byteCount
    startFrame = 0
    packetCount = 0
    interval = 0
    self.setup = setup
  }

  /// Whether isochronous packet descriptors would follow the data.
  public var isIsochronous: Bool { packetCount != Self.notIsochronous && packetCount != 0 }

  init(fieldsOf bytes: RawSpan) throws(WireError) {
    sequence = try bytes.load(bigEndian: UInt32.self, at: 4)
    deviceID = try bytes.load(bigEndian: UInt32.self, at: 8)
    let direction = try bytes.load(bigEndian: UInt32.self, at: 0x0C)
    guard direction <= 1 else { throw .invalid(field: "direction", at: 0x0C, value: UInt64(direction)) }
    let number = try bytes.load(bigEndian: UInt32.self, at: 0x10)
    guard number <= 15 else { throw .invalid(field: "ep", at: 0x10, value: UInt64(number)) }
    endpoint = direction == 1 ? .input(UInt8(number)) : .output(UInt8(number))
    flags = USBIPTransferFlags(rawValue: try bytes.load(bigEndian: UInt32.self, at: 0x14))
    let length = try bytes.load(bigEndian: UInt32.self, at: 0x18)
    guard let byteCount = Int32(exactly: length) else {
      throw .invalid(field: "transfer_buffer_length", at: 0x18, value: UInt64(length))
    }
    self.byteCount = Int(byteCount)
    startFrame = try bytes.load(bigEndian: UInt32.self, at: 0x1C)
    packetCount = try bytes.load(bigEndian: UInt32.self, at: 0x20)
    interval = try bytes.load(bigEndian: UInt32.self, at: 0x24)
    setup = try SetupPacket(parsing: bytes.extracting(0x28..<0x30))
  }

  public func serialize(into bytes: inout [UInt8]) {
    for field in [Self.command, sequence, deviceID, endpoint.isInput ? 1 : 0, UInt32(endpoint.number)] {
      bytes.append(bigEndian: field)
    }
    for field in [flags.rawValue, UInt32(clamping: byteCount), startFrame, packetCount, interval] {
      bytes.append(bigEndian: field)
    }
    setup.serialize(into: &bytes)
  }
}

/// USBIP_CMD_UNLINK: an earlier SUBMIT is not wanted any more. Its answer says whether that came in time.
public struct USBIPUnlink: Equatable, Sendable {
  static let command: UInt32 = 2

  public var sequence: UInt32
  public var deviceID: UInt32
  /// The seqnum of the SUBMIT.
  public var target: UInt32

  public init(sequence: UInt32, deviceID: UInt32, target: UInt32) {
    self.sequence = sequence
    self.deviceID = deviceID
    self.target = target
  }

  init(fieldsOf bytes: RawSpan) throws(WireError) {
    sequence = try bytes.load(bigEndian: UInt32.self, at: 4)
    deviceID = try bytes.load(bigEndian: UInt32.self, at: 8)
    target = try bytes.load(bigEndian: UInt32.self, at: 0x14)
  }

  public func serialize(into bytes: inout [UInt8]) {
    for field in [Self.command, sequence, deviceID, 0, 0, target] { bytes.append(bigEndian: field) }
    bytes.append(contentsOf: repeatElement(0, count: 24))
  }
}
