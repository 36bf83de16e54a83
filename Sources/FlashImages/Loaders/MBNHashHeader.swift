import WireFormat

/// The MBN header with which the hash segment of a signed ELF file begins, versions 3, 5, 6 and 7.
///
/// Only what tells a user whether a loader can be the right one is kept. Source: `qualcomm-packages.md` 11.1.
public struct MBNHashHeader: Equatable, Sendable {
  public var version: UInt32
  /// Of the table of hashes, in bytes.
  public var hashByteCount: UInt32
  public var oemSignatureByteCount: UInt32
  public var oemChainByteCount: UInt32
  /// What the image is: 3 is a programmer. Versions 3 and 5 keep it in a certificate, which is not read.
  public var softwareID: UInt32?
  public var oemID: UInt32?
  public var modelID: UInt32?

  /// What a programmer's `softwareID` is.
  public static let programmer: UInt32 = 3

  /// `nil` where the version is none that is known.
  init?(_ bytes: any RandomAccessBytes, at offset: UInt64, byteCount: UInt64) throws(ImageError) {
    let length = offset + byteCount
    let header = try bytes.bytes(at: offset, atMost: 64, length: length)
    do {
      let span = header.rawSpan
      func word(_ index: Int) throws(WireError) -> UInt32 { try span.load(littleEndian: UInt32.self, at: 4 * index) }
      version = try word(1)
      guard [3, 5, 6, 7].contains(version) else { return nil }
      hashByteCount = try word(5)
      oemSignatureByteCount = try word(version == 7 ? 8 : 7)
      oemChainByteCount = try word(9)
      if version == 6, try word(11) >= 24 {
        try readMetadata(bytes, at: offset + 48 + UInt64(try word(10)), length: length)
      }
      if version == 7, try word(2) >= 24 { softwareID = try word(12) }
    } catch let error as ImageError {
      throw error
    } catch {
      throw .malformed(path: bytes.path, offset: offset, reason: "truncated MBN header of the hash segment")
    }
  }

  /// The manufacturer's metadata of version 6: major, minor, software id, SoC hardware id, OEM id, model id, ….
  private mutating func readMetadata(_ bytes: any RandomAccessBytes, at offset: UInt64, length: UInt64) throws {
    let metadata = try bytes.bytes(at: offset, atMost: 24, length: length)
    softwareID = try metadata.rawSpan.load(littleEndian: UInt32.self, at: 8)
    oemID = try metadata.rawSpan.load(littleEndian: UInt32.self, at: 16)
    modelID = try metadata.rawSpan.load(littleEndian: UInt32.self, at: 20)
  }
}
