import WireFormat

/// A `partition_nand.xml`: the source of a user partition table, and the files to flash into its partitions.
///
/// Source: `docs/protocols/qualcomm-packages.md` 7.2.
public struct NANDPartitionSource: Equatable, Sendable {
  /// As the user named it.
  public let path: String
  public let table: NANDPartitionTable
  /// Files by partition, in order.
  public let images: [Image]

  public struct Image: Equatable, Sendable {
    public var partition: String
    public var fileName: String
  }

  init(_ root: XMLElement, path: String) throws(PackageError) {
    self.path = path
    let version = try Self.number(root.children(named: "partition_version").first, path) ?? 3
    var table = NANDPartitionTable(kind: .user, version: version, entries: [])
    var images: [Image] = []
    for partition in root.children(named: "partitions").flatMap({ $0.children(named: "partition") }) {
      let entry = try Self.entry(partition, path)
      table.entries.append(entry)
      if let image = Self.text(partition, "img_name"), !image.isEmpty {
        images.append(Image(partition: entry.name, fileName: PackagePath.slashed(image)))
      }
    }
    guard !table.entries.isEmpty, table.entries.count <= Int(NANDPartitionTable.maximumEntryCount) else {
      throw PackageError(.noDescriptors, at: PackagePlace(root, in: path))
    }
    self.table = table
    self.images = images
  }

  private static func entry(_ element: XMLElement, _ path: String) throws(PackageError) -> NANDPartitionTable.Entry {
    let place = PackagePlace(element, in: path)
    guard let name = text(element, "name"), (1...16).contains(name.utf8.count) else {
      throw PackageError(.missingAttribute("name"), at: place)
    }
    let blocks = try number(element.children(named: "size_blks").first, path)
    let kilobytes = try number(element.children(named: "size_kb").first, path)
    guard let size = blocks ?? kilobytes else { throw PackageError(.missingAttribute("size_blks"), at: place) }
    let padding = blocks != nil ? "pad_blks" : "pad_kb"
    let pad = try number(element.children(named: padding).first, path) ?? 0
    var attributes: [UInt8] = []
    for attribute in element.children(named: "attr").prefix(3) {
      attributes.append(UInt8(truncatingIfNeeded: try number(attribute, path) ?? 0xFF))
    }
    attributes += [0xFF, 0x01, 0xFF].dropFirst(attributes.count)
    return NANDPartitionTable.Entry(
      name: name, first: size, second: pad, attributes: attributes + [blocks != nil ? 0xFE : 0xFF])
  }

  private static func text(_ element: XMLElement, _ name: String) -> String? {
    element.children(named: name).first.map { DescriptorReader.trim($0.text) }
  }

  private static func number(_ element: XMLElement?, _ path: String) throws(PackageError) -> UInt32? {
    guard let element else { return nil }
    let text = DescriptorReader.trim(element.text)
    guard let value = (try? DiskExpression(parsing: text))?.constant, let number = UInt32(exactly: value) else {
      throw PackageError(
        .badNumber(attribute: element.name, value: text, allowed: 0...UInt64(UInt32.max)),
        at: PackagePlace(element, in: path))
    }
    return number
  }
}
