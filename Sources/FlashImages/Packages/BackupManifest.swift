import FoundationEssentials

/// `manifest.json` of a backup: what was read from where, and the SHA-256 of every file.
public struct BackupManifest: Codable, Equatable, Sendable {
  public struct Section: Codable, Equatable, Sendable {
    public var name: String
    public var sectorByteCount: UInt64
    public var sectorCount: UInt64
    /// Raw flash: pages of an erase block.
    public var pagesPerBlock: UInt64?

    public init(name: String, sectorByteCount: UInt64, sectorCount: UInt64, pagesPerBlock: UInt64? = nil) {
      self.pagesPerBlock = pagesPerBlock
      self.name = name
      self.sectorByteCount = sectorByteCount
      self.sectorCount = sectorCount
    }
  }

  public struct File: Codable, Equatable, Sendable {
    public var name: String
    public var byteCount: UInt64
    /// 64 lower-case hexadecimal digits.
    public var sha256: String
    /// Where the content belongs; `nil` for descriptors.
    public var section: String?
    /// In sectors, from the section's start.
    public var startSector: UInt64?
    public var label: String?
    /// How the file is known to be what the device holds: `digest`, `readback`, `acknowledged`.
    public var verified: String?

    public init(
      name: String, byteCount: UInt64, sha256: String, section: String? = nil, startSector: UInt64? = nil,
      label: String? = nil, verified: String? = nil
    ) {
      self.name = name
      self.byteCount = byteCount
      self.sha256 = sha256
      self.section = section
      self.startSector = startSector
      self.label = label
      self.verified = verified
    }
  }

  public static let formatName = "flashctl-backup"
  public static let currentSchema = 1
  /// The name of the file.
  public static let fileName = "manifest.json"

  public private(set) var format = BackupManifest.formatName
  public private(set) var schema = BackupManifest.currentSchema
  /// The program and its version.
  public var tool: String
  /// Facts of the device, by name.
  public var device: [String: String]
  public var sections: [Section]
  public var files: [File]

  public init(tool: String, device: [String: String], sections: [Section], files: [File]) {
    self.tool = tool
    self.device = device
    self.sections = sections
    self.files = files
  }

  /// Reads the text; `path` is for errors.
  public init(json: [UInt8], path: String) throws(PackageError) {
    let place = PackagePlace(path: path)
    guard !JSONNesting.isExceeded(by: json) else { throw PackageError(.json(reason: JSONNesting.term), at: place) }
    do { self = try JSONDecoder().decode(Self.self, from: Data(json)) } catch {
      throw PackageError(.json(reason: JSONTerm.term(for: error)), at: place)
    }
    guard format == Self.formatName, schema == Self.currentSchema else {
      throw PackageError(.badVersion("\(format) \(schema)"), at: place)
    }
    for file in files where !OutputFolder.isPlain(file.name) {
      throw PackageError(.outsidePackage(file.name), at: place)
    }
  }

  /// The text, readable and always the same for the same value.
  public func json() -> [UInt8] { JSONText.bytes(of: self) }
}

/// JSON as files of this project have it.
enum JSONText {
  /// Readable, keys sorted, one line feed at the end. For values of numbers, texts and lists of them, which cannot fail.
  static func bytes(of value: some Encodable) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return ((try? encoder.encode(value)).map { Array($0) } ?? []) + [0x0A]
  }
}
