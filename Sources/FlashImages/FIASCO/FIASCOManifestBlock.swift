import WireFormat

/// A block in `fiasco.json`: readable where that is enough to write the same bytes again, else hexadecimal.
public struct FIASCOManifestBlock: Codable, Equatable, Sendable {
  /// The fields of a block 2E.
  public struct FileData: Codable, Equatable, Sendable {
    public var asicIndex: UInt8
    public var deviceType: UInt8
    public var deviceIndex: UInt8
    /// Four hexadecimal digits.
    public var hash: String
    public var name: String
    public var size: UInt32
    public var loadAddress: UInt32
  }

  /// The fields of a block 34.
  public struct Part: Codable, Equatable, Sendable {
    public var offset: UInt64
    public var size: UInt64
    public var name: String
  }

  /// Two hexadecimal digits.
  public var type: String
  public var fileData: FileData?
  /// Text that is stored with a final NUL (E8, 31).
  public var text: String?
  public var device: String?
  public var revisions: [String]?
  public var part: Part?
  /// The file beside `fiasco.json` that holds the bytes of a layout (33).
  public var file: String?
  /// The bytes of any other block, and of a known one that is not in its usual form.
  public var data: String?

  /// Describes a block; `layoutFile` names the file that a layout went to.
  init(_ stored: FIASCOStoredBlock, layoutFile: String?) {
    type = Hex.string([stored.type])
    if stored.type == 0x33, let layoutFile {
      file = layoutFile
    } else {
      describe(stored)
      if (try? self.stored(layout: { _ in nil })) != stored { self = Self(raw: stored) }
    }
  }

  private init(raw stored: FIASCOStoredBlock) {
    type = Hex.string([stored.type])
    data = Hex.string(stored.data)
  }

  private mutating func describe(_ stored: FIASCOStoredBlock) {
    switch stored.block {
    case .fileData(let value):
      fileData = FileData(
        asicIndex: value.asicIndex, deviceType: value.deviceType, deviceIndex: value.deviceIndex,
        hash: Hex.string([UInt8(value.hash >> 8), UInt8(value.hash & 0xFF)]), name: value.name, size: value.size,
        loadAddress: value.loadAddress)
    case .version(let value): text = value
    case .device(let entry): (device, revisions) = (entry.device, entry.revisions)
    case .part(let value): part = Part(offset: value.offset, size: value.size, name: value.name)
    case .other(0xE8, let bytes): text = String(decoding: bytes.dropLast(), as: UTF8.self)
    case .layout, .other: break
    }
  }

  /// A field that cannot be what it says.
  struct Invalid: Error, Equatable {
    var field: String
  }

  /// The block's bytes. `layout` reads the file of a layout.
  func stored(layout: (String) throws(ImageError) -> [UInt8]?) throws -> FIASCOStoredBlock {
    guard let number = UInt8(type, radix: 16) else { throw Invalid(field: "type") }
    let bytes = try data.map(Self.bytes) ?? encoded() ?? file.flatMap { try layout($0) }
    guard let bytes else { throw Invalid(field: "data") }
    guard bytes.count <= FIASCOStoredBlock.maximumByteCount else { throw Invalid(field: "length") }
    return FIASCOStoredBlock(type: number, data: bytes)
  }

  private static func bytes(_ text: String) throws(Invalid) -> [UInt8] {
    guard let bytes = Hex.bytes(text) else { throw Invalid(field: "data") }
    return bytes
  }

  /// The bytes of the readable fields, `nil` when there are none.
  private func encoded() throws(Invalid) -> [UInt8]? {
    if let fileData {
      guard let hash = UInt16(fileData.hash, radix: 16) else { throw Invalid(field: "hash") }
      var value = FIASCOFileData(name: fileData.name, size: fileData.size, hash: hash)
      value.asicIndex = fileData.asicIndex
      value.deviceType = fileData.deviceType
      value.deviceIndex = fileData.deviceIndex
      value.loadAddress = fileData.loadAddress
      return FIASCOBlock.fileData(value).data
    }
    if let text { return Array(text.utf8) + [0] }
    if let device { return FIASCOBlock.device(.init(device: device, revisions: revisions ?? [])).data }
    return part.map { FIASCOBlock.part(.init(offset: $0.offset, size: $0.size, name: $0.name)).data }
  }
}
