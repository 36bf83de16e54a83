public import WireFormat

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

  /// Reads the data of the block.
  public init(parsing data: RawSpan) throws(WireError) {
    try data.require(Self.byteCount, at: 0)
    asicIndex = try data.byte(at: 0)
    deviceType = try data.byte(at: 1)
    deviceIndex = try data.byte(at: 2)
    hash = try data.load(bigEndian: UInt16.self, at: 3)
    nameField = try data.copy(12, at: 5)
    size = try data.load(bigEndian: UInt32.self, at: 17)
    loadAddress = try data.load(bigEndian: UInt32.self, at: 21)
  }

  /// Appends the data of the block.
  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: [asicIndex, deviceType, deviceIndex])
    bytes.append(bigEndian: hash)
    bytes.append(contentsOf: nameField)
    bytes.append(bigEndian: size)
    bytes.append(bigEndian: loadAddress)
  }
}
