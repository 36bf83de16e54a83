import WireFormat

/// One build of a `contents.xml`, whose root may be named behind the entries that need it.
struct ContentsBuild {
  private let element: XMLElement
  private let path: String
  private let root: String

  init(_ element: XMLElement, path: String) throws(PackageError) {
    self.element = element
    self.path = path
    let linux = Self.text(element, "linux_root_path")
    let windows = Self.text(element, "windows_root_path")
    root = try Self.folder(linux ?? windows ?? ".", at: PackagePlace(element, in: path))
  }

  func entries() throws(PackageError) -> [ContentsFile.Entry] {
    var entries: [ContentsFile.Entry] = []
    for child in element.children where child["ignore"]?.lowercased() != "true" {
      let names = child.children(named: "file_name").map { DescriptorReader.trim($0.text) }
      for folder in child.children(named: "file_path") {
        for name in names where !name.isEmpty && !name.contains("*") {
          entries.append(try entry(child, folder: folder, name: name))
        }
      }
      if child.children(named: "file_path").isEmpty {
        for name in names where !name.isEmpty && !name.contains("*") {
          entries.append(try entry(child, folder: nil, name: name))
        }
      }
    }
    return entries
  }

  private func entry(
    _ element: XMLElement, folder: XMLElement?, name: String
  ) throws(PackageError) -> ContentsFile.Entry {
    let place = PackagePlace(element, in: path)
    let storage = element["storage_type"] ?? Self.text(element, "storage_type")
    let inside = try Self.folder(folder.map { DescriptorReader.trim($0.text) } ?? ".", at: place)
    let file = PackagePath.slashed(Self.expanded(name))
    guard !PackagePath.isAbsolute(file) else { throw PackageError(.absolutePath(file), at: place) }
    guard let whole = PackagePath.normalized(root + "/" + inside + "/" + file), !whole.isEmpty else {
      throw PackageError(.outsidePackage(name), at: place)
    }
    guard whole != "..", !whole.hasPrefix("../") else { throw PackageError(.outsidePackage(whole), at: place) }
    return ContentsFile.Entry(
      kind: element.name.lowercased(), path: whole, storage: storage.map { $0.lowercased() }.flatMap(Self.nonempty),
      flavor: (folder?["flavor"] ?? element["flavor"]).map(DescriptorReader.trim).flatMap(Self.nonempty),
      firehoseType: element["firehose_type"].map(DescriptorReader.trim), place: place)
  }

  private static func nonempty(_ text: String) -> String? { text.isEmpty ? nil : text }

  private static func text(_ element: XMLElement, _ name: String) -> String? {
    element.children(named: name).first.map { DescriptorReader.trim($0.text) }.flatMap(nonempty)
  }

  /// A folder below the package's root. Absolute ones name the machine that made the build, and are refused.
  private static func folder(_ text: String, at place: PackagePlace) throws(PackageError) -> String {
    let path = PackagePath.slashed(expanded(text))
    guard !PackagePath.isAbsolute(path) else { throw PackageError(.absolutePath(path), at: place) }
    return path.isEmpty ? "." : path
  }

  /// `${VAR:default}` replaced by `default`; nothing is looked up.
  private static func expanded(_ text: String) -> String {
    var result = ""
    var rest = text[...]
    while let start = rest.firstIndex(of: "$"), rest[start...].hasPrefix("${"),
      let end = rest[start...].firstIndex(of: "}")
    {
      result += rest[..<start]
      let body = rest[rest.index(start, offsetBy: 2)..<end]
      result += body.firstIndex(of: ":").map { String(body[body.index(after: $0)...]) } ?? ""
      rest = rest[rest.index(after: end)...]
    }
    return result + rest
  }
}
