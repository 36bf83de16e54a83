import FlashImages
import Foundation
import WireFormat

/// Containers made up for a test, independently of the writer: headers are put together byte by byte.
enum FIASCOSample {
  static let fileHeader = FIASCOVectors.oldStyle[..<25]

  /// A file of these images.
  static func file(_ images: [UInt8]...) -> [UInt8] { fileHeader + images.flatMap { $0 } }

  static func block(_ type: UInt8, _ data: [UInt8]) -> [UInt8] { [type, UInt8(data.count)] + data }

  static func device(_ code: String, _ revisions: [String] = []) -> [UInt8] {
    var data: [UInt8] = []
    data.append(code, paddedTo: 16)
    for revision in revisions { data.append(revision, paddedTo: 8) }
    return block(0x32, data)
  }

  static func version(_ text: String) -> [UInt8] { block(0x31, Array(text.utf8) + [0]) }

  static func part(_ offset: UInt64, _ size: UInt64, _ name: String = "") -> [UInt8] {
    var data: [UInt8] = []
    data.append(bigEndian: offset)
    data.append(bigEndian: size)
    return block(0x34, data + Array(name.utf8))
  }

  /// An image with the right size, hash, count and checksum.
  static func image(_ type: String, _ data: [UInt8], blocks: [[UInt8]] = []) -> [UInt8] {
    header(type, size: UInt32(data.count), hash: hash(data), blocks: blocks) + data
  }

  static func header(_ type: String, size: UInt32, hash: UInt16, blocks: [[UInt8]] = []) -> [UInt8] {
    var fileData: [UInt8] = [1, 1, 0]
    fileData.append(bigEndian: hash)
    fileData.append(type, paddedTo: 12)
    fileData.append(bigEndian: size)
    fileData.append(bigEndian: UInt32(0))
    let body = [UInt8(blocks.count + 1)] + block(0x2E, fileData) + blocks.flatMap { $0 }
    return [0x54] + body + [0xFF - body.reduce(0, &+)]
  }

  /// The definition of section 5.2, read literally: first stored byte from the odd offsets, second from the even.
  static func hash(_ data: [UInt8]) -> UInt16 {
    var (high, low): (UInt8, UInt8) = (0, 0)
    for index in stride(from: 0, to: data.count - 1, by: 2) {
      low ^= data[index]
      high ^= data[index + 1]
    }
    return UInt16(high) << 8 | UInt16(low)
  }

  static func read(_ bytes: [UInt8], _ mode: FIASCOFile.Mode = .strict) throws -> FIASCOFile {
    try FIASCOFile(MemoryBytes(bytes), mode: mode)
  }
}
