import WireFormat

/// One image of a container: its header, and where its data lie.
///
/// Source: `docs/protocols/fiasco.md` 3 and 4.
public struct FIASCOImage: Equatable, Sendable {
  /// What the header's checksum byte is worth (5.1).
  public enum ChecksumState: Equatable, Sendable {
    case valid
    /// The stored byte is 00, which means that none was computed, and is always accepted.
    case notComputed
    case wrong(computed: UInt8)
  }

  /// Offset of the signature in the file.
  public var headerOffset: UInt64
  /// The block count as stored; `blocks` may hold one more (9.1).
  public var storedBlockCount: UInt8
  /// All blocks as they stand in the file; the first is 2E.
  public var blocks: [FIASCOStoredBlock]
  /// The meaning of the first block.
  public var fileData: FIASCOFileData
  public var storedChecksum: UInt8
  public var checksum: ChecksumState
  /// The 34 blocks in order. Empty when there are none, or when they do not fit the data (F14).
  public var parts: [FIASCOPart]
  /// Offset of the first byte of data in the file.
  public var dataOffset: UInt64
  /// Bytes of data that the file has; fewer than `size` when it is truncated (F09).
  public var availableByteCount: UInt64
  /// What the data's first bytes look like (section 8).
  public var detectedKind: RawImageKind?

  /// The type name: `kernel`, `mmc`, ….
  public var type: String { fileData.name }

  /// Whether section 7 knows the type name.
  public var isKnownType: Bool { FIASCOImageType.known.contains(type) }

  /// Bytes of data that the header claims.
  public var size: UInt64 { UInt64(fileData.size) }

  public var isTruncated: Bool { availableByteCount < size }

  /// The bytes of data in the file, as many as there are.
  public var dataRange: Range<UInt64> { dataOffset..<dataOffset + availableByteCount }

  /// The text of the first block 31, without its NUL.
  public var version: String? {
    blocks.lazy.compactMap { if case .version(let text) = $0.block { text } else { nil } }.first
  }

  /// The blocks 32, in order; none means that the image is for every device.
  public var devices: [FIASCODeviceEntry] {
    blocks.compactMap { if case .device(let entry) = $0.block { entry } else { nil } }
  }

  /// The bytes of the first block 33.
  public var layout: [UInt8]? { blocks.first { $0.type == 0x33 }?.data }

  /// The first block 2F that can be read.
  public var partitionInfo: FIASCOPartitionInfo? {
    blocks.lazy.filter { $0.type == FIASCOPartitionInfo.blockType }
      .compactMap { try? FIASCOPartitionInfo(parsing: $0.data.rawSpan) }.first
  }

  /// Bytes of FF that fill the data up to the multiple its type wants (section 6); 0 for images as vendors ship them.
  public var missingPadding: UInt64 {
    let multiple = FIASCOImageType.paddingMultiple(of: type)
    return size % multiple == 0 ? 0 : multiple - size % multiple
  }
}
