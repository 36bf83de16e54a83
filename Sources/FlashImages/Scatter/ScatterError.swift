public import WireFormat

/// Why a scatter file, or a file that belongs to one, is refused, and where.
public struct ScatterError: Error, Equatable, Sendable {
  public var problem: ScatterProblem
  public var path: String
  /// From 1.
  public var line: Int?
  /// The entry's name.
  public var entry: String?

  public init(_ problem: ScatterProblem, path: String, line: Int? = nil, entry: String? = nil) {
    self.problem = problem
    self.path = path
    self.line = line
    self.entry = entry
  }
}

/// What is wrong with a file. Source of the rules: `docs/protocols/mtk-scatter.md`.
public enum ScatterProblem: Equatable, Sendable {
  case file(ImageError)
  case tooLarge(byteCount: UInt64, limit: UInt64)
  /// No text: vendors encrypt some (section 1.1).
  case notText
  /// A text that is no file of a MediaTek package.
  case notScatter
  /// A file of a package, but not the kind that was wanted.
  case otherDocument(ScatterDocumentKind)
  case xml(XMLProblem)
  case badNumber(key: String, value: String)
  case badFlag(key: String, value: String)
  case missingKey(String)
  case nameTooLong(String, limit: Int)
  case noPartitions
  case tooManyPartitions(limit: Int)
  /// An entry of a legacy file without `{` and `}`.
  case missingBrace(String)
  /// With strict reading: a line that means nothing.
  case unknownLine(String)
  /// With strict reading: two entries of one name that say different things.
  case contradiction
  /// A name that leads out of the package.
  case outsidePackage(String)
  case absolutePath(String)
  /// Several files could be meant.
  case ambiguousFile(String, candidates: [String])
  /// A file that another one names is not there.
  case missingFile(String)
  /// A folder without anything to flash.
  case noDescriptor
  /// A folder with several scatter files.
  case severalDescriptors([String])
}

/// The kinds of files that describe a MediaTek flash job, by content.
///
/// Source: `docs/protocols/mtk-scatter.md` 1.1.
public enum ScatterDocumentKind: String, CaseIterable, Equatable, Sendable {
  case scatter
  /// Names an agent and a scatter file.
  case downloadXML = "flash.xml"
  /// A download-XML for fuses, which flashctl never applies.
  case fuseXML = "flash_efuse.xml"
  case checksums = "scatter_checksum.xml"
  /// A configuration of the vendor's V5 console tool.
  case toolConfiguration = "flashtool-config"
  /// A configuration of the vendor's V6 console tool.
  case consoleConfiguration = "cflashtool-config"
  case schema = "XML schema"
}
