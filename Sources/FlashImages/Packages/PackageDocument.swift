import WireFormat

/// A file of a package, recognised by its content and read. Source: `docs/protocols/qualcomm-packages.md` 1.1.
public enum PackageDocument: Sendable {
  case program(ProgramFile)
  case contents(ContentsFile)
  case flashmap(Flashmap)
  case nandPartitions(NANDPartitionSource)
  case saharaConfig
  /// A ZIP archive of any kind.
  case archive
  /// Something to load into a device: ELF, MBN, Intel HEX, a programmer archive.
  case loader
  /// None of these.
  case unknown

  /// The longest descriptor that is read, in bytes.
  public static let maximumByteCount: UInt64 = 64 << 20

  /// Looks at a file's first bytes and reads it where it is a descriptor. Throws where it is a broken one, or claims by
  /// its name to be one.
  public init(reading bytes: any RandomAccessBytes) throws(PackageError) {
    let length: UInt64
    let start: [UInt8]
    do throws(ImageError) {
      length = try bytes.length()
      start = try bytes.bytes(at: 0, atMost: 4096, length: length)
    } catch {
      throw PackageError(.file(error), at: PackagePlace(path: bytes.path))
    }
    switch Self.form(of: start, in: bytes, length: length) {
    case .xml: try self.init(xml: Self.text(bytes, length: length), path: bytes.path)
    case .json: try self.init(json: Self.text(bytes, length: length), path: bytes.path)
    case .archive: self = .archive
    case .loader: self = .loader
    case .other:
      // Vendors encrypt descriptors and leave them their names.
      guard !bytes.path.lowercased().hasSuffix(".xml") else {
        throw PackageError(.notXML, at: PackagePlace(path: bytes.path))
      }
      self = .unknown
    }
  }

  /// Reads a text that is known to be XML.
  public init(xml text: [UInt8], path: String) throws(PackageError) {
    let document: XMLDocument
    do throws(XMLError) { document = try XMLDocument(parsing: text) } catch {
      throw PackageError(.xml(error.problem), at: PackagePlace(path: path, line: error.position.line))
    }
    switch document.root.name.lowercased() {
    case "data", "patches": self = .program(try ProgramFile(document, path: path))
    case "contents": self = .contents(try ContentsFile(document.root, path: path))
    case "sahara_config": self = .saharaConfig
    case "nandboot": self = .nandPartitions(try NANDPartitionSource(document.root, path: path))
    default: throw PackageError(.otherDocument(document.root.name), at: PackagePlace(document.root, in: path))
    }
  }

  /// Reads a text that is known to be JSON.
  public init(json text: [UInt8], path: String) throws(PackageError) {
    self = .flashmap(try Flashmap(json: text, path: path))
  }

  private enum Form { case xml, json, archive, loader, other }

  private static func form(of start: [UInt8], in bytes: any RandomAccessBytes, length: UInt64) -> Form {
    if ZIPArchive.isArchive(start.rawSpan) { return .archive }
    if ELFFile.isELF(start) || MBNFile.isPreamble(start) || ProgrammerArchive.isArchive(start)
      || IntelHEXFile.isHEX(start)
    {
      return .loader
    }
    if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return .xml }
    let text = start.starts(with: [0xEF, 0xBB, 0xBF]) ? start.dropFirst(3) : start[...]
    switch text.first(where: { $0 != 0x20 && !(0x09...0x0D).contains($0) }) {
    case UInt8(ascii: "<"): return .xml
    case UInt8(ascii: "{"): return .json
    default: break
    }
    let mbn = try? MBNFile(start, of: bytes, length: length)
    return mbn == nil ? .other : .loader
  }

  private static func text(_ bytes: any RandomAccessBytes, length: UInt64) throws(PackageError) -> [UInt8] {
    guard length <= maximumByteCount else {
      throw PackageError(.tooLarge(byteCount: length, limit: maximumByteCount), at: PackagePlace(path: bytes.path))
    }
    do throws(ImageError) { return try bytes.bytes(at: 0, atMost: Int(length), length: length) } catch {
      throw PackageError(.file(error), at: PackagePlace(path: bytes.path))
    }
  }
}
