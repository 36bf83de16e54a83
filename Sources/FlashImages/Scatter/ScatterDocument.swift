import WireFormat

/// A file of a MediaTek package, recognised by its content, never by its name, and read.
///
/// Source: `docs/protocols/mtk-scatter.md` 1.1.
public enum ScatterDocument: Equatable, Sendable {
  case scatter(ScatterFile)
  case download(DownloadXML)
  /// A download-XML for fuses: recognised, never applied.
  case fuses
  case checksums(ScatterChecksums)
  case toolConfiguration(ToolConfiguration)
  case consoleConfiguration(ConsoleConfiguration)
  case schema

  public var kind: ScatterDocumentKind {
    switch self {
    case .scatter: .scatter
    case .download: .downloadXML
    case .fuses: .fuseXML
    case .checksums: .checksums
    case .toolConfiguration: .toolConfiguration
    case .consoleConfiguration: .consoleConfiguration
    case .schema: .schema
    }
  }

  /// Reads a file. Throws `ScatterProblem.notScatter` for a text that is none of these, and `.notText` for no text.
  public init(path: String, isStrict: Bool = false) throws(ScatterError) {
    let file: RegularFile
    do throws(ImageError) { file = try RegularFile(path: path) } catch {
      throw ScatterError(.file(error), path: path)
    }
    try self.init(file, isStrict: isStrict)
  }

  /// The same for bytes that are open already.
  public init(_ bytes: any RandomAccessBytes, isStrict: Bool = false) throws(ScatterError) {
    try self.init(parsing: try Self.content(of: bytes), path: bytes.path, isStrict: isStrict)
  }

  private static func content(of bytes: any RandomAccessBytes) throws(ScatterError) -> [UInt8] {
    let length: UInt64
    let content: [UInt8]
    do throws(ImageError) {
      length = try bytes.length()
      content = try bytes.bytes(at: 0, atMost: Int(min(length, ScatterFile.maximumByteCount)), length: length)
    } catch {
      throw ScatterError(.file(error), path: bytes.path)
    }
    guard length <= ScatterFile.maximumByteCount else {
      // Images are large and no text at all: the beginning tells which of the two to say.
      let limit = ScatterFile.maximumByteCount
      throw ScatterError(isText(content) ? .tooLarge(byteCount: length, limit: limit) : .notText, path: bytes.path)
    }
    return content
  }

  /// Reads a text in memory; `path` is what errors call it.
  public init(parsing content: [UInt8], path: String, isStrict: Bool = false) throws(ScatterError) {
    guard let lines = ScatterLines(content) else { throw ScatterError(.notText, path: path) }
    let significant = lines.significant
    if significant.first?.text.hasPrefix("<") == true {
      try self.init(xml: content, path: path, isStrict: isStrict)
    } else if let file = try ScatterFile(text: significant, path: path, isStrict: isStrict) {
      self = .scatter(file)
    } else {
      throw ScatterError(Self.isText(content) ? .notScatter : .notText, path: path)
    }
  }

  private init(xml content: [UInt8], path: String, isStrict: Bool) throws(ScatterError) {
    var limits = XMLLimits()
    limits.byteCount = Int(ScatterFile.maximumByteCount)
    limits.depth = 16
    limits.elementCount = 1 << 16
    limits.valueByteCount = 4096
    let document: XMLDocument
    do throws(XMLError) { document = try XMLDocument(parsing: content, limits: limits) } catch {
      throw ScatterError(.xml(error.problem), path: path, line: error.position.line)
    }
    let root = document.root
    switch root.name.lowercased() {
    case "root" where ScatterXMLParser.recognises(root):
      self = .scatter(try ScatterFile(root, oddities: document.oddities, path: path, isStrict: isStrict))
    case "flash-mode":
      self = DownloadXML.isForFuses(root, path: path) ? .fuses : .download(DownloadXML(root))
    case "scatter" where !root.children(named: "images").isEmpty:
      self = .checksums(try ScatterChecksums(root, path: path))
    case "flashtool-config": self = .toolConfiguration(ToolConfiguration(root))
    case "cflashtool-config": self = .consoleConfiguration(ConsoleConfiguration(root))
    case "xs:schema", "xsd:schema", "schema": self = .schema
    default: throw ScatterError(.notScatter, path: path, line: root.position.line)
    }
  }

  /// Whether the first 256 bytes are those of a text in ASCII or UTF-8 without anything beyond ASCII in it.
  private static func isText(_ bytes: [UInt8]) -> Bool { bytes.prefix(256).allSatisfy { $0 != 0 && $0 < 0x80 } }
}
