import Glibc
import WireFormat

/// Everything that a user gave as loaders (`--loader`), checked, and in the form that a device asks for.
///
/// A single file has no id and stands for whatever the device asks for first; `ID:FILE` words, a `sahara_config` and a
/// programmer archive give every image its id. Source: `docs/protocols/sahara.md` 3.4.
public struct LoaderSet: Sendable {
  /// One image that a device may ask for.
  public struct Image: Sendable {
    /// `nil` for a single file.
    public var id: UInt32?
    /// What messages call it: a path, or an archive with the entry's label.
    public var name: String
    public var bytes: any RandomAccessBytes
    /// Of `bytes`.
    public var range: Range<UInt64>
    public var remarks: [LoaderFile.Remark]
    /// The file, where it is sent as it is and whole.
    public var file: LoaderFile?

    public var byteCount: UInt64 { range.upperBound - range.lowerBound }
  }

  /// The image that is the programmer; remarks are about programmers.
  private static let programmer: UInt32 = 13

  /// Never empty.
  public private(set) var images: [Image] = []
  /// Whether a loader was Intel HEX text, which is sent as the bytes that it stands for.
  public private(set) var isConverted = false

  /// `arguments` as they were written: `FILE`, or `ID:FILE` and `ID:FILE,ID:FILE`.
  public init(_ arguments: [String]) throws(LoaderError) {
    for argument in arguments {
      let words = Self.words(argument)
      for (id, path) in words {
        if let id { try add(id: id, path: path) } else { try addFile(path) }
      }
    }
    guard !images.isEmpty else { throw .nothingGiven }
    guard images.count == 1 || images.allSatisfy({ $0.id != nil }) else {
      throw .withoutID(path: images.first { $0.id == nil }?.name ?? "")
    }
  }

  /// Cuts `13:a.elf,38:b.elf` at each comma that a number and a colon follow; other commas belong to file names.
  private static func words(_ argument: String) -> [(id: UInt32?, path: String)] {
    var words: [(id: UInt32?, path: String)] = []
    for (index, part) in argument.split(separator: ",", omittingEmptySubsequences: false).enumerated() {
      let halves = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      if halves.count == 2, let id = LoaderID.parse(halves[0]) {
        words.append((id, String(halves[1])))
      } else if index == 0 {
        words.append((nil, String(part)))
      } else {
        words[words.count - 1].path += "," + part
      }
    }
    return words
  }

  private mutating func add(id: UInt32, path: String, named name: String? = nil) throws(LoaderError) {
    // 0 means "any" to some devices; only words on the command line may say so.
    guard id <= LoaderID.listed.upperBound else { throw .invalidID(id, path: path) }
    guard !images.contains(where: { $0.id == id }) else { throw .repeatedID(id) }
    let file: LoaderFile
    do throws(ImageError) { file = try LoaderFile(PackagedLoader.bytes(at: path)) } catch { throw .file(error) }
    // With an id anything is sent as it is, except what nobody can mean.
    if case .other(let other?) = file.kind, [.empty, .gitLFSPointer, .html].contains(other) {
      throw .notALoader(path: path, other)
    }
    images.append(
      Image(
        id: id, name: name ?? path, bytes: file.bytes, range: 0..<file.byteCount,
        remarks: id == Self.programmer ? file.remarks : [], file: file))
  }

  private mutating func addFile(_ path: String) throws(LoaderError) {
    let file: LoaderFile
    do throws(ImageError) { file = try LoaderFile(PackagedLoader.bytes(at: path)) } catch { throw .file(error) }
    switch file.kind {
    case .elf, .mbn:
      images.append(
        Image(
          id: nil, name: path, bytes: file.bytes, range: 0..<file.byteCount, remarks: file.remarks, file: file))
    case .flashImage: throw .flashImage(path: path)
    case .intelHEX(let hex):
      guard hex.segments.count == 1 else { throw .scattered(path: path, segments: hex.segments.count) }
      isConverted = true
      let bytes = MemoryBytes(hex.segments[0].bytes, path: path)
      images.append(
        Image(id: nil, name: path, bytes: bytes, range: 0..<UInt64(hex.segments[0].bytes.count), remarks: []))
    case .archive(let archive): try add(archive, of: file)
    case .config(let config): try add(config, at: path)
    case .other(let other): throw .notALoader(path: path, other)
    }
  }

  private mutating func add(_ archive: ProgrammerArchive, of file: LoaderFile) throws(LoaderError) {
    guard !archive.entries.isEmpty else { throw .emptyList(path: file.path) }
    for entry in archive.entries {
      let name = file.path + "#" + (entry.label.isEmpty ? "\(entry.id)" : entry.label)
      guard !images.contains(where: { $0.id == entry.id }) else { throw .repeatedID(entry.id) }
      // cpio gives the content of hard links to the last of them only.
      guard !entry.range.isEmpty else { throw .notALoader(path: name, .empty) }
      images.append(Image(id: entry.id, name: name, bytes: file.bytes, range: entry.range, remarks: []))
    }
  }

  private mutating func add(_ config: SaharaConfig, at path: String) throws(LoaderError) {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    for entry in config.entries {
      let target = try Self.resolve(entry.path, in: folder.isEmpty ? "/" : folder)
      try add(id: entry.id, path: target)
    }
  }

  /// The file that a list names: inside the parent of the list's folder, links followed. Backslashes are separators.
  private static func resolve(_ path: String, in folder: String) throws(LoaderError) -> String {
    let plain = String(path.map { $0 == "\\" ? "/" : $0 })
    guard !plain.hasPrefix("/") else { throw .outsidePackage(path: path) }
    let target = folder + "/" + plain
    guard let root = canonical(folder + "/.."), let real = canonical(target) else {
      throw .file(.missing(path: target))
    }
    guard root == "/" || real.hasPrefix(root + "/") else { throw .outsidePackage(path: path) }
    return target
  }

  private static func canonical(_ path: String) -> String? {
    guard let resolved = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}

/// Why files that were given as loaders are none.
public enum LoaderError: Error, Equatable, Sendable {
  case nothingGiven
  case file(ImageError)
  /// `other` is what the file looks like instead.
  case notALoader(path: String, LoaderFile.OtherFile?)
  /// A flash image with the preamble of NAND boot loaders.
  case flashImage(path: String)
  /// Intel HEX text whose data lie in several places cannot be one image.
  case scattered(path: String, segments: Int)
  /// One of several loaders has no id.
  case withoutID(path: String)
  case invalidID(UInt32, path: String)
  case repeatedID(UInt32)
  case emptyList(path: String)
  /// A list names a file outside of its package.
  case outsidePackage(path: String)
}
