/// Something that a check of a layout has found.
///
/// Source: `docs/protocols/mtk-scatter.md` 4.6.
public struct ScatterFinding: Equatable, Sendable {
  public enum Severity: String, Equatable, Sendable {
    case note, warning, error
  }

  public enum Kind: Equatable, Sendable {
    /// Two entries share bytes of a section.
    case overlap(other: String, section: ScatterSection, bytes: UInt64)
    /// Nothing uses so many bytes in front of the entry.
    case gap(bytes: UInt64)
    /// The entry lies before the one in front of it.
    case notAscending
    /// The entry ends behind its section.
    case beyondEnd(section: ScatterSection, sectionByteCount: UInt64)
    /// Nothing is left for the entry that takes the rest.
    case noRoom
    case unaligned(sectorByteCount: UInt64)
    /// Ticked, and without a file.
    case nothingToWrite
    /// With a file, and not ticked.
    case notSelected
    case fileMissing(String)
    case imageTooLarge(byteCount: UInt64, room: UInt64)
    case placeholder(stated: UInt64, computed: UInt64)
    case unknownRegion(String)
    /// A kind of image that no agent is known to take.
    case translationLayer
    /// The image is a text that stands for a file kept elsewhere, or a web page.
    case noImage(ContentKind)
    /// The image of a boot loader begins with neither of the headers that boot loaders have.
    case noLoader
    /// A file of the list of checksums adds up to something else.
    case checksum(file: String, stated: UInt64, computed: UInt64)
    /// The file is in no list of checksums, or in one by a method that nobody has described.
    case noChecksum(file: String)
  }

  public var kind: Kind
  public var severity: Severity
  /// From 0, in the layout.
  public var index: Int

  public init(_ kind: Kind, _ severity: Severity, at index: Int) {
    self.kind = kind
    self.severity = severity
    self.index = index
  }
}

/// What is known of an image that an entry is written from.
public struct ScatterImage: Equatable, Sendable {
  /// For messages.
  public var path: String
  /// Bytes that are written: of a sparse image, expanded.
  public var byteCount: UInt64
  public var content: ContentKind?
  /// Whether it begins as boot loaders and boot sections do; `nil` where nobody has looked.
  public var isLoader: Bool?

  public init(path: String, byteCount: UInt64, content: ContentKind? = nil, isLoader: Bool? = nil) {
    self.path = path
    self.byteCount = byteCount
    self.content = content
    self.isLoader = isLoader
  }
}
