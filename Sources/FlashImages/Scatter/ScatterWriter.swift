import WireFormat

/// Writes scatters as generators write them, so that the vendor's tools, which know one indentation only, read them.
///
/// What is written reads back as the same scatter. Source: `docs/protocols/mtk-scatter.md` 2.3, 2.5 and 9.
public struct ScatterWriter: Sendable {
  /// The end of a line. Vendors write CR LF in text; the old tool for legacy files fails on it.
  public enum LineEnd: String, CaseIterable, Equatable, Sendable {
    case lf = "\n"
    case crlf = "\r\n"

    /// What files of this syntax usually have.
    public static func usual(for syntax: ScatterSyntax) -> LineEnd { syntax == .text ? .crlf : .lf }
  }

  public let syntax: ScatterSyntax
  public let lineEnd: LineEnd
  /// Lines of comment in front of entries, by the entry's name.
  public var comments: [String: String] = [:]

  /// `lineEnd` is the usual one where it is `nil`; legacy files have LF in any case.
  public init(_ syntax: ScatterSyntax, lineEnd: LineEnd? = nil) {
    self.syntax = syntax
    self.lineEnd = syntax == .legacy ? .lf : lineEnd ?? .usual(for: syntax)
  }

  /// The file's bytes. Throws when this syntax cannot say what the scatter says.
  public func bytes(of scatter: Scatter) throws(ScatterWriteError) -> [UInt8] {
    try ScatterRows.requireWritable(scatter)
    var output = ScatterOutput(lineEnd: lineEnd)
    switch syntax {
    case .legacy: try writeLegacy(scatter, to: &output)
    case .list: throw .noSyntax
    case .text: try writeText(scatter, to: &output)
    case .xml: try writeXML(scatter, to: &output)
    }
    return Array(output.text.utf8)
  }

  // MARK: Text

  private func writeText(_ scatter: Scatter, to output: inout ScatterOutput) throws(ScatterWriteError) {
    output.line("- general: MTK_PLATFORM_CFG")
    output.line("  info: ")
    for (index, row) in try ScatterRows.global(of: scatter).enumerated() {
      output.line((index == 0 ? "    - " : "      ") + row.key + ": " + row.value)
    }
    for layout in scatter.layouts {
      if scatter.hasSections { try writeSection(layout, to: &output) }
      let indent = scatter.hasSections ? "  " : ""
      for (index, partition) in layout.partitions.enumerated() {
        if let comment = comments[partition.name] { output.line(indent + "# " + comment) }
        output.line(indent + "- partition_index: SYS\(index)")
        for row in ScatterRows.keys(of: partition) { output.line(indent + "  " + row.key + ": " + row.value) }
        output.line("")
      }
    }
  }

  private func writeSection(_ layout: ScatterLayout, to output: inout ScatterOutput) throws(ScatterWriteError) {
    guard let storage = layout.storage else { throw .noStorage }
    output.line("- storage_type: \(storage.rawValue)")
    output.line("  description: ")
    output.line("  - general: MTK_STORAGE_CFG")
    output.line("    info: ")
    output.line("      - storage: \(storage.rawValue)")
    for row in ScatterRows.storage(of: layout) { output.line("        " + row.key + ": " + row.value) }
    output.line("")
  }

  // MARK: XML

  private func writeXML(_ scatter: Scatter, to output: inout ScatterOutput) throws(ScatterWriteError) {
    let version = scatter.version?.text ?? ScatterVersion.v118.text
    output.line("<?xml version=\"1.0\" encoding=\"utf-8\"?>")
    output.line("<root>")
    output.line("  <general name=\"MTK_PLATFORM_CFG\">")
    output.line("    <config_version name=\"\(XMLWriter.escaped(version))\">")
    for row in try ScatterRows.global(of: scatter).dropFirst() { output.element(row, indent: 6) }
    output.line("    </config_version>")
    output.line("  </general>")
    for layout in scatter.layouts {
      guard scatter.hasSections else {
        writePartitions(of: layout, indent: 2, to: &output)
        continue
      }
      guard let storage = layout.storage?.rawValue else { throw .noStorage }
      output.line("  <storage_type name=\"\(storage)\">")
      output.line("    <general name=\"MTK_STORAGE_CFG\">")
      output.line("      <storage name=\"\(storage)\">")
      for row in ScatterRows.storage(of: layout) { output.element(row, indent: 8) }
      output.line("      </storage>")
      output.line("    </general>")
      writePartitions(of: layout, indent: 4, to: &output)
      output.line("  </storage_type>")
    }
    output.line("</root>")
  }

  private func writePartitions(of layout: ScatterLayout, indent: Int, to output: inout ScatterOutput) {
    let blanks = String(repeating: " ", count: indent)
    for (index, partition) in layout.partitions.enumerated() {
      if let comment = comments[partition.name] {
        output.line(blanks + "<!-- " + String(comment.map { $0 == "-" ? "_" : $0 }) + " -->")
      }
      output.line(blanks + "<partition_index name=\"SYS\(index)\">")
      for row in ScatterRows.keys(of: partition) { output.element(row, indent: indent + 2) }
      output.line(blanks + "</partition_index>")
    }
  }

  // MARK: Legacy

  private func writeLegacy(_ scatter: Scatter, to output: inout ScatterOutput) throws(ScatterWriteError) {
    guard scatter.layouts.count == 1, let layout = scatter.layouts.first else {
      throw .severalStorages(scatter.layouts.compactMap(\.storage))
    }
    guard ScatterConversion.hasLinearAddresses(layout) else { throw .noLinearAddresses }
    for partition in layout.partitions {
      guard partition.name.allSatisfy({ !$0.isWhitespace && !"{}#".contains($0) }) else {
        throw .unwritable(entry: partition.name, key: "partition_name")
      }
      let prefix = partition.isDownload ? "" : ScatterLegacyParser.hiddenPrefix
      output.line(prefix + partition.name + " " + ScatterRows.linear(partition))
      output.line("{")
      output.line("}")
    }
  }
}

/// Why a scatter cannot be written in a syntax.
public enum ScatterWriteError: Error, Equatable, Sendable {
  /// A value with a line break or another control character in it.
  case unwritable(entry: String?, key: String)
  /// Files of one storage cannot hold several.
  case severalStorages([ScatterStorage])
  /// The scatter does not say which storage it is for.
  case noStorage
  /// Lists of OTA packages are not written, and say too little for the other syntaxes.
  case noSyntax
  /// The legacy form counts boot sections and user section in one; this layout does not say how.
  case noLinearAddresses
  /// The scatter has no layout for this storage.
  case noLayout(ScatterStorage, has: [ScatterStorage])
}

/// Lines that are collected.
struct ScatterOutput {
  let lineEnd: ScatterWriter.LineEnd
  private(set) var text = ""

  init(lineEnd: ScatterWriter.LineEnd) { self.lineEnd = lineEnd }

  mutating func line(_ line: String) { text += line + lineEnd.rawValue }

  mutating func element(_ row: (key: String, value: String), indent: Int) {
    line(String(repeating: " ", count: indent) + "<\(row.key)>\(XMLWriter.escaped(row.value))</\(row.key)>")
  }
}

extension Scatter {
  /// Whether its partitions stand in sections by storage when it is written.
  var hasSections: Bool { version?.hasStorageSections ?? false }
}
