/// `fiasco.json`: every header field of an unpacked container, and the files that its data went to.
///
/// From this and the files the container can be rebuilt byte for byte (`FIASCORebuilder.rebuild`), or written anew in
/// canonical form after an edit (`FIASCORebuilder.write`). Source: `docs/protocols/fiasco.md` 12.
public struct FIASCOManifest: Codable, Equatable, Sendable {
  public static let fileName = "fiasco.json"
  public static let formatName = "flashctl.fiasco"
  public static let currentSchema = 1
  /// A larger file is refused; a real one has some kilobytes.
  static let maximumByteCount: UInt64 = 64 << 20

  public var format = Self.formatName
  public var schema = Self.currentSchema
  /// The header length field as stored.
  public var headerLength: UInt32
  /// Whether the header length field agrees with the blocks.
  public var isHeaderLengthValid: Bool
  public var headerBlocks: [FIASCOManifestBlock]
  public var images: [Image]
  /// What follows the last image, byte for byte: an end marker, padding, damage.
  public var tail: File?

  /// A file beside `fiasco.json`.
  public struct File: Codable, Equatable, Sendable {
    /// What the bytes are.
    public enum Role: String, Codable, Equatable, Sendable {
      /// All data of an image.
      case data
      /// One part of an image that has several.
      case part
      /// Data that belong to no part of an image that has several.
      case gap
      case tail
    }

    public var name: String
    public var role: Role
    /// Bytes of the container that went into the file; the file may be longer by padding.
    public var byteCount: UInt64
  }

  public struct Image: Codable, Equatable, Sendable {
    /// The type name, for readers; the block 2E has it too.
    public var type: String
    /// The block count as stored.
    public var blockCount: UInt8
    public var blocks: [FIASCOManifestBlock]
    /// The checksum byte as stored, two hexadecimal digits.
    public var checksum: String
    /// Whether the stored checksum is the one that belongs to the header.
    public var isChecksumValid: Bool
    /// The hash of the data, four hexadecimal digits; the block 2E has the stored one.
    public var dataHash: String
    /// In the order of the data.
    public var files: [File]
  }
}
