import WireFormat

/// A `scatter_checksum.xml`: what the files of a package add up to, as they are stored.
///
/// Source: `docs/protocols/mtk-scatter.md` 8.2.
public struct ScatterChecksums: Equatable, Sendable {
  public struct File: Equatable, Sendable {
    public var name: String
    /// `ADD` is the only one that anybody has described.
    public var method: String
    public var checksum: UInt64

    /// Whether the checksum can be computed.
    public var isChecked: Bool { method.uppercased() == "ADD" }
  }

  public var version: String?
  /// In the file's order; a name may come more than once.
  public var files: [File]

  init(_ root: XMLElement, path: String) throws(ScatterError) {
    version = root.children(named: "version").first?.trimmedText
    files = []
    for images in root.children(named: "images") {
      for element in images.children(named: "file") {
        guard let name = element["name"], !name.isEmpty else {
          throw ScatterError(.missingKey("name"), path: path, line: element.position.line)
        }
        let text = element["checksum"] ?? ""
        guard let checksum = ScatterValue.number(DescriptorReader.trim(text)) else {
          throw ScatterError(
            .badNumber(key: "checksum", value: text), path: path, line: element.position.line, entry: name)
        }
        files.append(File(name: name, method: element["chk_method"] ?? "", checksum: checksum))
      }
    }
  }

  /// Adds up the files of all entries that have one, each name once, in the order of the scatter file. `missing` are the
  /// ticked entries whose file is not there.
  public init(of package: ScatterPackage, missing: inout [ScatterPartition]) throws(ScatterError) {
    version = "1.0"
    files = []
    var names: Set<String> = []
    for partition in package.file.scatter.layouts.flatMap(\.partitions) {
      guard let found = try package.find(partition) else {
        if partition.isDownload, partition.fileName != nil,
          !missing.contains(where: { $0.fileName == partition.fileName })
        {
          missing.append(partition)
        }
        continue
      }
      let name = partition.fileName ?? PackagePath.name(of: found.member ?? found.path)
      guard names.insert(name.lowercased()).inserted else { continue }
      do throws(ImageError) {
        files.append(File(name: name, method: "ADD", checksum: try Self.sum(of: found)))
      } catch {
        throw ScatterError(.file(error), path: package.file.path, entry: partition.name)
      }
    }
  }

  /// The list as the file has it.
  public func document() -> [UInt8] {
    var writer = XMLWriter()
    writer.declaration()
    writer.newline()
    writer.open("scatter")
    writer.newline()
    writer.open("version")
    writer.characters(version ?? "1.0")
    writer.close("version")
    writer.newline()
    writer.open("images")
    for file in files {
      writer.newline()
      writer.empty(
        "file",
        [
          XMLAttribute("name", file.name), XMLAttribute("chk_method", file.method),
          XMLAttribute("checksum", "0x" + String(file.checksum, radix: 16)),
        ])
    }
    writer.newline()
    writer.close("images")
    writer.newline()
    writer.close("scatter")
    writer.newline()
    return Array(writer.text.utf8)
  }

  /// What a file should add up to; `nil` where it is not listed, or by a method that nobody has described.
  public func checksum(of name: String) -> UInt64? {
    let wanted = PackagePath.slashed(name).lowercased()
    return files.first { $0.isChecked && PackagePath.slashed($0.name).lowercased() == wanted }?.checksum
  }

  /// What a file adds up to as it is stored, compressed and sparse ones too.
  public static func sum(of file: PackageFile) throws(ImageError) -> UInt64 {
    var sum = AdditiveChecksum32()
    let reader = try file.bytes.openBytes()
    while true {
      guard !Task.isCancelled else { throw .cancelled }
      let piece = try reader.bytes(1 << 20)
      guard !piece.isEmpty else { return UInt64(sum.value) }
      sum.update(piece.rawSpan)
    }
  }
}
