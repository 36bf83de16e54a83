import WireFormat

/// The header of an image as it is sent to a device: re-built from the container's, with only the device entry that
/// matches, and without signature and block count.
///
/// Source: `docs/protocols/fiasco.md` 13 and 14.7; `docs/protocols/mkii.md` 9.3 and 10.
public struct FIASCODeviceHeader: Equatable, Sendable {
  /// What follows the blocks that every device gets (2E, the matching 32, 31).
  public struct Additions: OptionSet, Sendable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// The block 33, if the image has one.
    public static let layout = Additions(rawValue: 1)
    /// The blocks 34, if the image has more than one part.
    public static let parts = Additions(rawValue: 2)
    /// One byte 00, where a file has its checksum.
    public static let endByte = Additions(rawValue: 4)

    /// What NOLO takes.
    public static let nolo: Additions = []
    /// What Mk II takes.
    public static let mkII: Additions = [.layout, .parts, .endByte]
  }

  public var blocks: [FIASCOStoredBlock]
  public var hasEndByte: Bool

  /// Builds the header for a device with code `device` and revision `revision`, of which either may be unknown.
  ///
  /// `fileData` describes the data as they are sent: padded, see `FIASCOFile.paddedFileData(of:)`.
  public init(
    for image: FIASCOImage, fileData: FIASCOFileData, device: String?, revision: String?, adding additions: Additions
  ) {
    blocks = [FIASCOStoredBlock(.fileData(fileData))]
    let entries = image.blocks.filter { block in
      guard case .device(let entry) = block.block else { return false }
      return device.map { entry.matches(device: $0, revision: revision) } ?? false
    }
    blocks += entries.prefix(1)
    blocks += image.blocks.filter { $0.type == 0x31 }.prefix(1)
    if additions.contains(.layout) { blocks += image.blocks.filter { $0.type == 0x33 }.prefix(1) }
    if additions.contains(.parts), image.parts.count > 1 { blocks += image.parts.map { FIASCOStoredBlock(.part($0)) } }
    hasEndByte = additions.contains(.endByte)
  }

  /// The bytes that are sent.
  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for block in blocks { block.serialize(into: &bytes) }
    if hasEndByte { bytes.append(0) }
    return bytes
  }
}

extension FIASCODeviceEntry {
  /// Whether the entry is for this device and, as far as `revision` is known, for this hardware revision.
  ///
  /// Revisions are compared as numbers where both are: a device may leave out leading zeros.
  public func matches(device: String, revision: String?) -> Bool {
    guard self.device == device else { return false }
    guard let revision, !revisions.isEmpty else { return true }
    return revisions.contains { listed in
      listed == revision || (Int(listed).map { $0 == Int(revision) } ?? false)
    }
  }
}

extension FIASCOFile {
  /// The file data block for an image as it is sent or re-written: size and hash of the data filled up with FF to the
  /// multiple its type wants (section 6).
  ///
  /// The hash is computed from the stored one, which `verifyHash(of:)` has found to be right.
  public func paddedFileData(of index: Int) throws(ImageError) -> FIASCOFileData {
    let image = images[index]
    var fileData = image.fileData
    let padding = image.missingPadding
    guard padding > 0, !image.isTruncated else { return fileData }
    let (size, overflows) = fileData.size.addingReportingOverflow(UInt32(padding))
    guard !overflows else {
      throw .malformed(path: path, offset: image.headerOffset, reason: "padded image above 4 GiB - 1")
    }
    let filler = UInt16(FIASCOImageType.paddingByte) * 0x0101
    var words = padding / 2
    if image.size % 2 == 1 {
      // The odd last byte, which no hash has seen yet, pairs with the first byte of padding.
      let last = try bytes.bytes(at: image.dataRange.upperBound - 1, atMost: 1, length: length)
      fileData.hash ^= UInt16(last.first ?? 0) | filler & 0xFF00
      words = (padding - 1) / 2
    }
    if words % 2 == 1 { fileData.hash ^= filler }
    fileData.size = size
    return fileData
  }
}
