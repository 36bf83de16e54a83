/// Something about a container that is wrong, odd or worth telling, with its facts.
///
/// Codes and severities are those of `docs/protocols/fiasco.md` 11.
public enum FIASCOCondition: Equatable, Sendable {
  /// F01. `firstByte` is `nil` for an empty file.
  case notFIASCO(firstByte: UInt8?)
  /// F02.
  case truncatedFileHeader(fileLength: UInt64)
  /// F03: the length field, and what the blocks add up to.
  case headerLengthDisagrees(field: UInt32, blocks: UInt64)
  /// F04: neither an image nor the end of the file.
  case trailingData(byte: UInt8, byteCount: UInt64)
  /// F05.
  case noBlocks
  /// F06.
  case firstBlockNotFileData(type: UInt8, length: UInt8)
  /// F07.
  case truncatedImageHeader
  /// F08.
  case headerChecksumWrong(stored: UInt8, computed: UInt8)
  /// F09.
  case truncatedData(size: UInt64, available: UInt64)
  /// F10.
  case dataHashWrong(stored: UInt16, computed: UInt16)
  /// F11.
  case unknownType(name: String)
  /// F12.
  case unknownBlock(type: UInt8, length: Int)
  /// F13.
  case damagedBlock(type: UInt8, length: Int)
  /// F14: `size` bytes from `offset` on do not lie in the data, or not behind the part before.
  case misplacedPart(name: String, offset: UInt64, size: UInt64)
  /// F15.
  case noImages
  /// F16.
  case typeDiffers(named: String, detected: RawImageKind)
  /// F17: `other` is the index of the image before that has the same type, devices and revisions.
  case duplicateImage(type: String, other: Int)
  /// F18.
  case oddRevision(text: String)
  /// F19: the repair rule of section 9.1 was applied.
  case blockCountTooSmall(stored: UInt8)
  /// F20: more than 64 blocks in the file header.
  case tooManyHeaderBlocks(count: UInt32)
  /// F21: more than 4096 images, or more than 16 MiB of image headers.
  case tooManyImages(count: Int)
}

extension FIASCOCondition {
  /// Code and term, as section 11 has them.
  var entry: (code: String, term: String) {
    switch self {
    case .notFIASCO: ("F01", "not a FIASCO file")
    case .truncatedFileHeader: ("F02", "file shorter than its header")
    case .headerLengthDisagrees: ("F03", "header length disagrees with the blocks")
    case .trailingData: ("F04", "trailing data")
    case .noBlocks: ("F05", "image header without blocks")
    case .firstBlockNotFileData: ("F06", "first block is not file data")
    case .truncatedImageHeader: ("F07", "truncated image header")
    case .headerChecksumWrong: ("F08", "header checksum wrong")
    case .truncatedData: ("F09", "truncated image data")
    case .dataHashWrong: ("F10", "data hash wrong")
    case .unknownType: ("F11", "unknown type name")
    case .unknownBlock: ("F12", "unknown block type")
    case .damagedBlock: ("F13", "damaged block")
    case .misplacedPart: ("F14", "part outside the data or overlapping")
    case .noImages: ("F15", "no image in the file")
    case .typeDiffers: ("F16", "detected type differs from the named type")
    case .duplicateImage: ("F17", "duplicate image")
    case .oddRevision: ("F18", "revision is not a number 0..9999")
    case .blockCountTooSmall: ("F19", "block count one too small")
    case .tooManyHeaderBlocks: ("F20", "more than 64 blocks in the file header")
    case .tooManyImages: ("F21", "more images than the limit")
    }
  }

  /// Names and values, for messages and JSON; numbers that the format writes in hexadecimal are hexadecimal.
  public var facts: [String: String] {
    switch self {
    case .notFIASCO(let byte): byte.map { ["firstByte": Self.hex($0, 2)] } ?? [:]
    case .truncatedFileHeader(let length): ["fileLength": "\(length)"]
    case .headerLengthDisagrees(let field, let blocks): ["field": "\(field)", "blocks": "\(blocks)"]
    case .trailingData(let byte, let count): ["byte": Self.hex(byte, 2), "byteCount": "\(count)"]
    case .noBlocks, .truncatedImageHeader, .noImages: [:]
    case .firstBlockNotFileData(let type, let length): ["type": Self.hex(type, 2), "length": "\(length)"]
    case .headerChecksumWrong(let stored, let computed):
      ["stored": Self.hex(stored, 2), "computed": Self.hex(computed, 2)]
    case .truncatedData(let size, let available): ["size": "\(size)", "available": "\(available)"]
    case .dataHashWrong(let stored, let computed): ["stored": Self.hex(stored, 4), "computed": Self.hex(computed, 4)]
    case .unknownType(let name): ["name": name]
    case .unknownBlock(let type, let length), .damagedBlock(let type, let length):
      ["type": Self.hex(type, 2), "length": "\(length)"]
    case .misplacedPart(let name, let offset, let size): ["name": name, "offset": "\(offset)", "size": "\(size)"]
    case .typeDiffers(let named, let detected): ["named": named, "detected": detected.rawValue]
    case .duplicateImage(let type, let other): ["type": type, "other": "\(other)"]
    case .oddRevision(let text): ["text": text]
    case .blockCountTooSmall(let stored): ["stored": "\(stored)"]
    case .tooManyHeaderBlocks(let count): ["count": "\(count)"]
    case .tooManyImages(let count): ["count": "\(count)"]
    }
  }

  private static func hex(_ value: some BinaryInteger, _ width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
