import FoundationEssentials

/// A `flashmap.json`: the layouts of an installer package.
///
/// Source: `docs/protocols/qualcomm-packages.md` 10.
public struct Flashmap: Equatable, Sendable {
  /// Files for one storage of a device.
  public struct Programmable: Equatable, Sendable {
    /// `ufs`, `emmc`, …, in lower case.
    public var memory: String
    /// Which of several storages of that kind; no A/B slot.
    public var slot: UInt32
    /// XML files, in order.
    public var files: [String]

    public init(memory: String, slot: UInt32, files: [String]) {
      self.memory = memory
      self.slot = slot
      self.files = files
    }
  }

  public struct Layout: Equatable, Sendable {
    public var name: String
    /// Image id and file; the id is `nil` for the only one of the older form.
    public var programmers: [Programmer]
    public var programmables: [Programmable]
  }

  public struct Programmer: Equatable, Sendable {
    public var id: UInt32?
    public var path: String

    public init(id: UInt32?, path: String) {
      self.id = id
      self.path = path
    }
  }

  /// As the user named it.
  public let path: String
  public let version: String
  public let product: String
  public let layouts: [Layout]
  public let remarks: [PackageRemark]

  static let knownVersions = ["1.1.0", "1.2.0-qdl"]

  public init(json text: [UInt8], path: String) throws(PackageError) {
    let place = PackagePlace(path: path)
    let bytes = text.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(text.dropFirst(3)) : text
    guard !JSONNesting.isExceeded(by: bytes) else { throw PackageError(.json(reason: JSONNesting.term), at: place) }
    let content: FlashmapContent
    do { content = try JSONDecoder().decode(FlashmapContent.self, from: Data(bytes)) } catch {
      throw PackageError(.json(reason: JSONTerm.term(for: error)), at: place)
    }
    guard content.version.hasPrefix("1.") else { throw PackageError(.badVersion(content.version), at: place) }
    guard content.products.count == 1, let product = content.products.first else {
      throw PackageError(.noProducts(count: content.products.count), at: place)
    }
    self.path = path
    version = content.version
    self.product = product.name
    var layouts: [Layout] = []
    for layout in product.layouts { layouts.append(try Layout(layout, at: place)) }
    self.layouts = layouts
    remarks =
      Self.knownVersions.contains(version) ? [] : [PackageRemark(.unknownVersion(version), at: place)]
  }
}

extension Flashmap.Layout {
  fileprivate init(_ content: FlashmapContent.Layout, at place: PackagePlace) throws(PackageError) {
    name = content.name
    programmers = []
    switch content.programmer {
    case .list(let paths):
      guard paths.count == 1 else {
        throw PackageError(.json(reason: "programmer of layout \(name) lists \(paths.count) files, not 1"), at: place)
      }
      programmers = [Flashmap.Programmer(id: nil, path: try Self.checked(paths[0], at: place))]
    case .numbered(let files):
      guard !files.isEmpty else { throw PackageError(.json(reason: "layout \(name) has no programmer"), at: place) }
      for (key, path) in files.sorted(by: { $0.key < $1.key }) {
        guard let id = LoaderID.parse(key), LoaderID.listed.contains(id) else {
          throw PackageError(.json(reason: "programmer “\(key)” of layout \(name) is no image id"), at: place)
        }
        programmers.append(Flashmap.Programmer(id: id, path: try Self.checked(path, at: place)))
      }
      programmers.sort { ($0.id ?? 0) < ($1.id ?? 0) }
    }
    programmables = []
    for item in content.programmable {
      guard PackageSelector.isStorage(item.memory), let slot = UInt32(exactly: item.slot), slot <= 255 else {
        throw PackageError(.json(reason: "memory or slot of layout \(name) is none"), at: place)
      }
      var files: [String] = []
      for file in item.files { files.append(try Self.checked(file, at: place)) }
      programmables.append(Flashmap.Programmable(memory: item.memory.lowercased(), slot: slot, files: files))
    }
  }

  /// A path below the package's root.
  private static func checked(_ path: String, at place: PackagePlace) throws(PackageError) -> String {
    guard !PackagePath.isAbsolute(path) else { throw PackageError(.absolutePath(path), at: place) }
    guard let name = PackagePath.normalized(path), !name.isEmpty, name != "..", !name.hasPrefix("../") else {
      throw PackageError(.outsidePackage(path), at: place)
    }
    return name
  }
}

/// The JSON as it is written.
private struct FlashmapContent: Decodable {
  var version: String
  var products: [Product]

  struct Product: Decodable {
    var name: String
    var layouts: [Layout]
  }

  struct Layout: Decodable {
    var name: String
    var programmer: Programmer
    var programmable: [Programmable]
  }

  struct Programmable: Decodable {
    var memory: String
    var slot: Double
    var files: [String]
  }

  enum Programmer: Decodable {
    case list([String])
    case numbered([String: String])

    init(from decoder: any Swift.Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let list = try? container.decode([String].self) {
        self = .list(list)
      } else {
        self = .numbered(try container.decode([String: String].self))
      }
    }
  }
}
