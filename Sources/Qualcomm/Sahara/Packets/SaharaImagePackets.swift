import WireFormat

/// READ_DATA and READ_DATA_64: the device asks for a range of an image. The answer is exactly that many raw bytes.
///
/// | 32 bits | 64 bits | field    |
/// |--------:|--------:|----------|
/// |       8 |       8 | image_id |
/// |      12 |      16 | offset   |
/// |      16 |      24 | length   |
///
/// Source: `docs/protocols/sahara.md` 2.3.
public struct SaharaReadData: Equatable, Sendable {
  public var width: SaharaWidth
  public var imageID: UInt64
  /// In bytes from the image's start.
  public var offset: UInt64
  /// In bytes.
  public var length: UInt64

  public init(width: SaharaWidth, imageID: UInt64, offset: UInt64, length: UInt64) {
    self.width = width
    self.imageID = imageID
    self.offset = offset
    self.length = length
  }

  init(parsing bytes: RawSpan, width: SaharaWidth) throws(WireError) {
    let fields = try SaharaWords.load(bytes, count: 3, width: width)
    self.init(width: width, imageID: fields[0], offset: fields[1], length: fields[2])
  }

  func serialize(into bytes: inout [UInt8]) {
    SaharaWords.append([imageID, offset, length], width: width, to: &bytes)
  }
}

/// END_OF_IMAGE_TX: the end of an image, and in every mode the way in which a device reports an error.
///
/// | offset | field    | notes                                                 |
/// |-------:|----------|-------------------------------------------------------|
/// |      8 | image_id | the image at hand, or 0                               |
/// |     12 | status   | `SaharaStatus`                                        |
///
/// Source: `docs/protocols/sahara.md` 2.3.
public struct SaharaEndOfImage: Equatable, Sendable {
  /// Its length is also that of a short piece of memory, which is why 16 bytes of memory are never asked for.
  public static let byteCount = 0x10

  public var imageID: UInt32
  public var status: SaharaStatus

  public init(imageID: UInt32, status: SaharaStatus) {
    self.imageID = imageID
    self.status = status
  }

  init(parsing bytes: RawSpan) throws(WireError) {
    imageID = try bytes.load(littleEndian: UInt32.self, at: 8)
    status = SaharaStatus(rawValue: try bytes.load(littleEndian: UInt32.self, at: 12))
  }

  func serialize(into bytes: inout [UInt8]) {
    bytes.append(littleEndian: imageID)
    bytes.append(littleEndian: status.rawValue)
  }

  /// What a transfer says that came where raw data was expected, when it is an END_OF_IMAGE_TX and nothing else.
  public init?(inPlaceOfData transfer: [UInt8]) {
    guard transfer.count == Self.byteCount, transfer.starts(with: [0x04, 0, 0, 0, 0x10, 0, 0, 0]),
      case .endOfImage(let end)? = try? SaharaPacket(parsing: transfer.rawSpan)
    else { return nil }
    self = end
  }
}

/// Fields of one width, from the end of the header on.
enum SaharaWords {
  static func load(_ bytes: RawSpan, count: Int, width: SaharaWidth) throws(WireError) -> [UInt64] {
    var fields: [UInt64] = []
    for index in 0..<count {
      switch width {
      case .bits32: fields.append(UInt64(try bytes.load(littleEndian: UInt32.self, at: 8 + 4 * index)))
      case .bits64: fields.append(try bytes.load(littleEndian: UInt64.self, at: 8 + 8 * index))
      }
    }
    return fields
  }

  /// Values beyond 32 bits are cut in a packet of that width; who makes one keeps them inside.
  static func append(_ fields: [UInt64], width: SaharaWidth, to bytes: inout [UInt8]) {
    for field in fields {
      switch width {
      case .bits32: bytes.append(littleEndian: UInt32(truncatingIfNeeded: field))
      case .bits64: bytes.append(littleEndian: field)
      }
    }
  }
}
