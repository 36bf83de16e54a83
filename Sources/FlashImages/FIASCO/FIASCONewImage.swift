/// An image that is to be put into a container.
///
/// Source: `docs/protocols/fiasco.md` 10.
public struct FIASCONewImage: Sendable {
  /// A named part with its data.
  public struct Piece: Sendable {
    /// The partition's prefix; may be empty.
    public var name: String
    public var source: any ImageSource

    public init(name: String = "", source: any ImageSource) {
      self.name = name
      self.source = source
    }
  }

  /// Where the data come from; the writer fills them up (section 6).
  public enum Content: Sendable {
    /// One run of data, and the parts it is known to have. With none, one unnamed part covers it.
    case stream(any ImageSource, parts: [FIASCOPart] = [])
    /// Pieces that become parts, each filled up by itself.
    case pieces([Piece])
  }

  /// Type name and indices; the writer finds out size and hash.
  public var fileData: FIASCOFileData
  /// The blocks 31, 32 and 33, in this order.
  public var descriptions: [FIASCOStoredBlock]
  public var content: Content
  /// Blocks of other types, which go behind the parts.
  public var otherBlocks: [FIASCOStoredBlock]

  /// The most revisions in one block 32.
  static let revisionsPerBlock = 29

  /// An image with checked values: a type of 1…12 bytes, a version of at most 254, a layout of at most 255, device
  /// codes of 1…16, revisions of 1…8.
  public init(
    type: String, version: String? = nil, devices: [FIASCODeviceEntry] = [], layout: [UInt8]? = nil, content: Content
  ) throws(FIASCOWriteError) {
    try Self.check(type, "type", 1...12)
    fileData = FIASCOFileData(name: type, size: 0, hash: 0)
    descriptions = []
    if let version {
      try Self.check(version, "version", 0...254)
      descriptions.append(FIASCOStoredBlock(.version(version)))
    }
    for entry in devices { descriptions += try Self.blocks(for: entry) }
    if let layout {
      try Self.checkLength(layout.count, "layout", 0...255)
      descriptions.append(FIASCOStoredBlock(.layout(layout)))
    }
    self.content = content
    otherBlocks = []
    if case .pieces(let pieces) = content {
      try Self.checkLength(pieces.count, "parts", 1...254)
      for piece in pieces { try Self.check(piece.name, "part name", 0...239) }
    }
  }

  /// An image re-written from a container: its header in canonical order and form, with unknown blocks kept.
  init(rewriting image: FIASCOImage, source: any ImageSource) {
    fileData = image.fileData
    fileData.loadAddress = 0
    descriptions = []
    for type: UInt8 in [0x31, 0x32, 0x33] {
      descriptions += image.blocks.filter { $0.type == type }.flatMap(Self.canonical)
    }
    content = .stream(source, parts: image.parts)
    let described: [UInt8] = [0x31, 0x32, 0x33, 0x34]
    otherBlocks = image.blocks.dropFirst().filter { !described.contains($0.type) }
  }

  /// The canonical form of a block where that says the same, else the block as it is.
  private static func canonical(_ block: FIASCOStoredBlock) -> [FIASCOStoredBlock] {
    switch block.block {
    case .device(let entry):
      guard let blocks = try? blocks(for: entry), blocks.allSatisfy({ isEqual($0, to: entry) }) else { return [block] }
      return blocks
    case .version:
      return [block.data.last == 0 || block.data.count == 255 ? block : .init(type: block.type, data: block.data + [0])]
    default: return [block]
    }
  }

  private static func isEqual(_ block: FIASCOStoredBlock, to entry: FIASCODeviceEntry) -> Bool {
    guard case .device(let written) = block.block else { return false }
    return written.device == entry.device && written.revisions.allSatisfy(entry.revisions.contains)
      && !entry.device.contains("\u{FFFD}")
  }

  /// Blocks 32 for one device: revisions in groups of at most 29.
  static func blocks(for entry: FIASCODeviceEntry) throws(FIASCOWriteError) -> [FIASCOStoredBlock] {
    try check(entry.device, "device", 1...16)
    for revision in entry.revisions { try check(revision, "revision", 1...8) }
    guard !entry.revisions.isEmpty else { return [FIASCOStoredBlock(.device(entry))] }
    return stride(from: 0, to: entry.revisions.count, by: revisionsPerBlock).map { start in
      let group = entry.revisions[start..<min(start + revisionsPerBlock, entry.revisions.count)]
      return FIASCOStoredBlock(.device(FIASCODeviceEntry(device: entry.device, revisions: Array(group))))
    }
  }

  static func check(_ text: String, _ field: String, _ allowed: ClosedRange<UInt64>) throws(FIASCOWriteError) {
    guard !text.utf8.contains(0) else { throw .textWithNUL(field: field) }
    try checkLength(text.utf8.count, field, allowed)
  }

  static func checkLength(
    _ length: Int, _ field: String, _ allowed: ClosedRange<UInt64>
  ) throws(FIASCOWriteError) {
    guard allowed.contains(UInt64(length)) else {
      throw .outOfRange(field: field, length: UInt64(length), allowed: allowed)
    }
  }
}
