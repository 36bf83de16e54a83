public import WireFormat

extension FIASCOBlock {
  /// The type byte.
  public var type: UInt8 {
    switch self {
    case .fileData: 0x2E
    case .version: 0x31
    case .device: 0x32
    case .layout: 0x33
    case .part: 0x34
    case .other(let type, _): type
    }
  }

  /// Reads the data of a block; a known type whose data does not survive being read and written back (damaged,
  /// packed, not UTF-8) keeps its bytes as `.other`, unless `lenient` asks for its meaning.
  public init(type: UInt8, data: [UInt8], lenient: Bool = false) {
    let block = Self.interpret(type: type, data: data)
    if let block, lenient || block.data == data {
      self = block
    } else {
      self = .other(type: type, bytes: data)
    }
  }

  private static func interpret(type: UInt8, data: [UInt8]) -> FIASCOBlock? {
    switch type {
    case 0x2E where data.count == FIASCOFileData.byteCount:
      return (try? FIASCOFileData(parsing: data.rawSpan)).map(FIASCOBlock.fileData)
    case 0x31: return .version(String(decoding: data.last == 0 ? data.dropLast() : data[...], as: UTF8.self))
    case 0x32: return .device(FIASCODeviceEntry(parsing: data))
    case 0x33: return .layout(data)
    case 0x34: return (try? FIASCOPart(parsing: data.rawSpan)).map(FIASCOBlock.part)
    default: return nil
    }
  }

  /// The bytes after the length byte.
  public var data: [UInt8] {
    var bytes: [UInt8] = []
    switch self {
    case .fileData(let fileData): fileData.serialize(into: &bytes)
    case .version(let text):
      bytes.append(contentsOf: text.utf8)
      bytes.append(0)
    case .device(let entry): entry.serialize(into: &bytes)
    case .layout(let text): bytes = text
    case .part(let part): part.serialize(into: &bytes)
    case .other(_, let data): bytes = data
    }
    return bytes
  }

  /// Appends type, length and data. Data beyond 255 bytes cannot be written and is cut: writers check limits first
  /// (`docs/protocols/fiasco.md` 10).
  public func serialize(into bytes: inout [UInt8]) {
    let data = data.prefix(255)
    bytes.append(type)
    bytes.append(UInt8(data.count))
    bytes.append(contentsOf: data)
  }

  /// Reads one block at `offset` and returns it with the offset of the byte after it.
  public static func parse(
    _ bytes: RawSpan, at offset: Int, lenient: Bool = false
  ) throws(WireError) -> (block: FIASCOBlock, end: Int) {
    let type = try bytes.byte(at: offset)
    let length = Int(try bytes.byte(at: offset + 1))
    let data = try bytes.copy(length, at: offset + 2)
    return (FIASCOBlock(type: type, data: data, lenient: lenient), offset + 2 + length)
  }
}
