import Digests
import FlashImages
import WireFormat

/// The worked examples of `docs/protocols/fiasco.md` 14, as bytes.
enum FIASCOVectors {
  /// 14.1: old style, one kernel.
  static let oldStyle =
    bytes(
      """
        B4 00 00 00 14 00 00 00 01 E8 0E 4F 53 53 4F 20 55 41 52 54 2B 55 53 42 00 54 01 2E 19 01 01 00
        06 B8 6B 65 72 6E 65 6C 00 00 00 00 00 00 00 00 00 80 00 00 00 00 F6
      """) + kernelData

  /// The 128 bytes of data of 14.1 and 14.2.
  static let kernelData = filled(Array("ABCDE".utf8), to: 128)

  /// 14.2: release, version, revisions, part.
  static let complete =
    bytes(
      """
        B4 00 00 00 1D 00 00 00 02 E8 0E 4F 53 53 4F 20 55 41 52 54 2B 55 53 42 00 31 07 53 57 54 45 53
        54 00 54 04 2E 19 01 01 00 06 B8 6B 65 72 6E 65 6C 00 00 00 00 00 00 00 00 00 80 00 00 00 00 31
        04 31 2E 30 00 32 20 52 58 2D 35 31 00 00 00 00 00 00 00 00 00 00 00 32 31 30 31 00 00 00 00 32
        31 30 32 00 00 00 00 34 10 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 80 53
      """) + kernelData

  /// 14.3: two parts and a layout.
  static let multiPart =
    bytes(
      """
        B4 00 00 00 14 00 00 00 01 E8 0E 4F 53 53 4F 20 55 41 52 54 2B 55 53 42 00 54 06 2E 19 01 01 00
        50 9A 6D 6D 63 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 00 00 31 04 31 2E 30 00 32 10 52 58
        2D 35 31 00 00 00 00 00 00 00 00 00 00 00 33 08 6D 6D 63 20 7B 0A 7D 0A 34 16 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 01 00 6D 79 64 6F 63 73 34 10 00 00 00 00 00 00 01 00 00 00 00 00 00 00
        01 00 80
      """) + filled(Array("hello mydocs".utf8), to: 256) + filled(Array("home tar data".utf8), to: 256)

  /// The data of the second image of 14.4.
  static let initfsData = filled([0x85, 0x19] + Array("init".utf8), to: 128)

  /// The marker at the end of 14.4.
  static let endMarker = bytes(
    """
      54 01 2E 19 01 01 00 00 00 FF FF FF FF FF FF FF FF FF FF FF FF 00 00 00 00 00 00 00 00 C1
    """)

  /// 14.4: two images and an end marker.
  static let twoImages =
    oldStyle
    + bytes(
      """
        54 01 2E 19 01 01 00 FC 7A 69 6E 69 74 66 73 00 00 00 00 00 00 00 00 00 80 00 00 00 00 32
      """) + initfsData + endMarker

  /// 14.5: the block count is one too small.
  static let shortCount = replacing(complete, [0x23: 0x03, 0x79: 0x54])

  /// 14.6: a block 2F with three entries.
  static let partitionInfo = bytes(
    """
      2F 21 01 01 00 00 00 00 00 FF FF FF FF 00 00 00 03 03 02 00 20 00 00 04 02 00 20 00 00 05 01 00
      00 00 00
    """)

  /// 14.6: a block 32 without revisions.
  static let anyRevision = bytes("32 10 52 58 2D 35 31 00 00 00 00 00 00 00 00 00 00 00")

  /// 14.6: a block 32 with one revision.
  static let oneRevision = bytes("32 18 52 58 2D 35 31 00 00 00 00 00 00 00 00 00 00 00 32 31 30 31 00 00 00 00")

  /// 14.7: the header of the kernel of 14.2 for an RX-51 of revision 2101.
  static let deviceHeader = bytes(
    """
      2E 19 01 01 00 06 B8 6B 65 72 6E 65 6C 00 00 00 00 00 00 00 00 00 80 00 00 00 00 32 20 52 58 2D
      35 31 00 00 00 00 00 00 00 00 00 00 00 32 31 30 31 00 00 00 00 32 31 30 32 00 00 00 00 31 04 31
      2E 30 00
    """)

  /// Offsets in 14.1.
  enum OldStyle {
    static let blockCount = 0x1A
    static let firstBlock = 0x1B
    static let hash = 0x20
    static let checksum = 0x36
    static let data = 0x37
  }

  static func bytes(_ hex: String) -> [UInt8] { Hex.bytes(hex) ?? [] }

  static func filled(_ bytes: [UInt8], to count: Int) -> [UInt8] {
    bytes + Array(repeating: 0xFF, count: count - bytes.count)
  }

  static func replacing(_ bytes: [UInt8], _ changes: [Int: UInt8]) -> [UInt8] {
    var bytes = bytes
    for (offset, byte) in changes { bytes[offset] = byte }
    return bytes
  }

  static func sha256(_ bytes: [UInt8]) -> String {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal()
  }
}
