import WireFormat

/// How a scatter file is written.
///
/// Source: `docs/protocols/mtk-scatter.md` 2.
public enum ScatterSyntax: String, CaseIterable, Equatable, Sendable {
  /// Names, addresses and braces.
  case legacy
  /// Names and addresses: the list of an OTA package, which cannot be flashed.
  case list
  /// Lines of `key: value` (V1.x and V2.x).
  case text
  case xml
}

/// A scatter file that has been read: what it says, where its entries stand, and what is odd.
///
/// ```swift
/// let file = try ScatterFile(path: "MT6765_Android_scatter.txt")
/// file.scatter.layouts[0].partition(named: "boot")?.byteCount
/// ```
public struct ScatterFile: Equatable, Sendable {
  /// The longest file that is read, in bytes.
  public static let maximumByteCount: UInt64 = 4 << 20
  /// Entries of one file.
  public static let maximumPartitionCount = 1024

  /// As the user or another file named it.
  public let path: String
  public let syntax: ScatterSyntax
  public let scatter: Scatter
  /// The line of each partition, by layout, from 1.
  public let lines: [[Int]]
  /// What a vendor has put beside the blocks that the format knows, for people.
  public let vendorFacts: [Scatter.Setting]
  public let remarks: [ScatterRemark]

  /// Reads a file. `isStrict` refuses lines that mean nothing and entries that contradict each other.
  public init(path: String, isStrict: Bool = false) throws(ScatterError) {
    let file: RegularFile
    do throws(ImageError) { file = try RegularFile(path: path) } catch {
      throw ScatterError(.file(error), path: path)
    }
    try self.init(file, isStrict: isStrict)
  }

  /// The same for bytes that are open already.
  public init(_ bytes: any RandomAccessBytes, isStrict: Bool = false) throws(ScatterError) {
    let document = try ScatterDocument(bytes, isStrict: isStrict)
    guard case .scatter(let file) = document else {
      throw ScatterError(.otherDocument(document.kind), path: bytes.path)
    }
    self = file
  }

  /// `nil` for a text that is none. `significant` are lines with something in them.
  init?(text significant: [ScatterLines.Line], path: String, isStrict: Bool) throws(ScatterError) {
    if ScatterTextParser.recognises(significant) {
      let outline = try ScatterTextParser.parse(significant, path: path, isStrict: isStrict)
      try self.init(outline, syntax: .text, path: path, isStrict: isStrict, oddities: [])
      return
    }
    guard let syntax = ScatterLegacyParser.recognises(significant) else { return nil }
    try self.init(legacy: significant, syntax: syntax, path: path, isStrict: isStrict)
  }

  private init(
    legacy significant: [ScatterLines.Line], syntax: ScatterSyntax, path: String, isStrict: Bool
  ) throws(ScatterError) {
    let (entries, parsed) = try ScatterLegacyParser.parse(significant, as: syntax, path: path)
    let legacy = ScatterLegacyLayout(entries, syntax: syntax, path: path)
    var layout = legacy.layout()
    var remarks = parsed + legacy.remarks
    // Sizes are distances, so that names that come again count until here.
    var names: Set<String> = []
    let kept = entries.indices.filter { names.insert(entries[$0].name).inserted }
    for index in entries.indices where !kept.contains(index) {
      let (line, name) = (entries[index].line, entries[index].name)
      guard !isStrict else { throw ScatterError(.contradiction, path: path, line: line, entry: name) }
      remarks.append(ScatterRemark(.contradiction, line: line, entry: name))
    }
    layout.partitions = kept.map { layout.partitions[$0] }
    self.init(
      path: path, syntax: syntax,
      scatter: Scatter(version: nil, platform: Self.platform(named: path), layouts: [layout]),
      lines: [kept.map { entries[$0].line }], remarks: remarks)
  }

  private init(
    path: String, syntax: ScatterSyntax, scatter: Scatter, lines: [[Int]], vendorFacts: [Scatter.Setting] = [],
    remarks: [ScatterRemark]
  ) {
    self.path = path
    self.syntax = syntax
    self.scatter = scatter
    self.lines = lines
    self.vendorFacts = vendorFacts
    self.remarks = remarks
  }

  init(_ root: XMLElement, oddities: [XMLOddity], path: String, isStrict: Bool) throws(ScatterError) {
    let outline = try ScatterXMLParser.parse(root, path: path)
    try self.init(outline, syntax: .xml, path: path, isStrict: isStrict, oddities: oddities)
  }

  private init(
    _ outline: ScatterOutline, syntax: ScatterSyntax, path: String, isStrict: Bool, oddities: [XMLOddity]
  ) throws(ScatterError) {
    var assembly = ScatterAssembly(path: path, isStrict: isStrict)
    let scatter = try assembly.assemble(outline)
    self.init(
      path: path, syntax: syntax, scatter: scatter, lines: assembly.lines, vendorFacts: outline.vendorFacts,
      remarks: oddities.map { ScatterRemark(.xml($0), line: $0.position.line) } + assembly.remarks)
  }

  /// `MT6575` for `MT6575_Android_scatter.txt`; empty where the name says nothing.
  private static func platform(named path: String) -> String {
    let name = PackagePath.name(of: path).uppercased()
    guard name.hasPrefix("MT") else { return "" }
    let digits = name.dropFirst(2).prefix { $0.isASCII && $0.isNumber }
    return digits.count == 4 ? "MT" + digits : ""
  }

  /// Where an entry stands; `nil` for one that is not of this file.
  public func line(layout: Int, partition: Int) -> Int? {
    guard lines.indices.contains(layout), lines[layout].indices.contains(partition) else { return nil }
    return lines[layout][partition]
  }
}
