import WireFormat

/// One block of a FIASCO image header, as the container and the Mk II and NOLO protocols carry it.
///
/// A block is a type byte, a length byte and that many bytes. Unknown types are kept as they are.
/// Source: `docs/protocols/fiasco.md` 3.2 and 4.
public enum FIASCOBlock: Equatable, Sendable {
  /// 2E, always the first.
  case fileData(FIASCOFileData)
  /// 31: text with a final NUL, which is not part of the value here.
  case version(String)
  /// 32: valid for one device and a list of its hardware revisions.
  case device(FIASCODeviceEntry)
  /// 33: the text that describes how the eMMC is partitioned.
  case layout([UInt8])
  /// 34: a named part of the image data.
  case part(FIASCOPart)
  /// Any other type (2F partition info among them), and known types too damaged to read.
  case other(type: UInt8, bytes: [UInt8])
}

/// The block 2E (25 bytes of data): what the image is.
///
/// | offset | size | field        |
/// |-------:|-----:|--------------|
/// |      0 |    1 | ASIC index   |
/// |      1 |    1 | device type  |
/// |      2 |    1 | device index |
/// |      3 |    2 | data hash    |
/// |      5 |   12 | type name    |
/// |     17 |    4 | data size    |
/// |     21 |    4 | load address |
public struct FIASCOFileData: Equatable, Sendable {
  public static let byteCount = 25

  public var asicIndex: UInt8 = 1
  public var deviceType: UInt8 = 1
  public var deviceIndex: UInt8 = 0
  /// `XORChecksum16` of exactly `size` bytes of data.
  public var hash: UInt16
  /// The twelve bytes of the name field as they stand in the file.
  public var nameField: [UInt8]
  /// Bytes of image data.
  public var size: UInt32
  public var loadAddress: UInt32 = 0

  /// `name` is 1…12 bytes of UTF-8; a longer one is cut.
  public init(name: String, size: UInt32, hash: UInt16) {
    nameField = []
    nameField.append(name, paddedTo: 12)
    self.size = size
    self.hash = hash
  }

  /// The image type: `kernel`, `mmc`, …; the bytes up to the first NUL.
  public var name: String { String(decoding: nameField.prefix { $0 != 0 }, as: UTF8.self) }

  /// Whether this is the end marker of the file (3.3).
  public var isEndMarker: Bool { nameField.first == 0xFF }

  init(parsing data: RawSpan) throws(WireError) {
    try data.require(Self.byteCount, at: 0)
    asicIndex = try data.byte(at: 0)
    deviceType = try data.byte(at: 1)
    deviceIndex = try data.byte(at: 2)
    hash = try data.load(bigEndian: UInt16.self, at: 3)
    nameField = try data.copy(12, at: 5)
    size = try data.load(bigEndian: UInt32.self, at: 17)
    loadAddress = try data.load(bigEndian: UInt32.self, at: 21)
  }

  func serialize(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: [asicIndex, deviceType, deviceIndex])
    bytes.append(bigEndian: hash)
    bytes.append(contentsOf: nameField)
    bytes.append(bigEndian: size)
    bytes.append(bigEndian: loadAddress)
  }
}

/// The block 32: a device code and the hardware revisions the image is for; no revision means any.
public struct FIASCODeviceEntry: Equatable, Sendable {
  /// Such as `RX-51`; at most 16 bytes.
  public var device: String
  /// Decimal text, at most 8 bytes each, at most 29 in one block.
  public var revisions: [String]

  public init(device: String, revisions: [String] = []) {
    self.device = device
    self.revisions = revisions
  }

  /// Reads fixed-width and packed lists alike (4.2, "tolerant reading").
  init(parsing data: [UInt8]) {
    let code = data.prefix(16).prefix { $0 != 0 }
    device = String(decoding: code, as: UTF8.self)
    revisions = []
    var rest = data.dropFirst(code.count)
    while true {
      rest = rest.drop { $0 < 0x20 }
      guard !rest.isEmpty else { return }
      let text = rest.prefix(8).prefix { $0 != 0 }
      revisions.append(String(decoding: text, as: UTF8.self))
      rest = rest.dropFirst(text.count)
    }
  }

  func serialize(into bytes: inout [UInt8]) {
    bytes.append(device, paddedTo: 16)
    for revision in revisions { bytes.append(revision, paddedTo: 8) }
  }
}

/// The block 34: a stretch of the image data with an optional name (a partition's prefix in the layout).
///
/// Offset and size are 64-bit here; the files known so far have zero upper halves (4.4).
public struct FIASCOPart: Equatable, Sendable {
  public var offset: UInt64
  public var size: UInt64
  public var name: String

  public init(offset: UInt64, size: UInt64, name: String = "") {
    self.offset = offset
    self.size = size
    self.name = name
  }

  init(parsing data: RawSpan) throws(WireError) {
    offset = try data.load(bigEndian: UInt64.self, at: 0)
    size = try data.load(bigEndian: UInt64.self, at: 8)
    name = String(decoding: try data.copy(data.byteCount - 16, at: 16), as: UTF8.self)
  }

  func serialize(into bytes: inout [UInt8]) {
    bytes.append(bigEndian: offset)
    bytes.append(bigEndian: size)
    bytes.append(contentsOf: name.utf8)
  }
}
