/// A scatter file with the files that belong to it, found from whatever a user names: the scatter file, `flash.xml`, a
/// console configuration, the folder, or a ZIP archive of it.
///
/// No name in a file leads out of the package: the scatter's folder, or, where a `flash.xml` names it, the parent of that
/// file's folder. Source: `docs/protocols/mtk-scatter.md` 5.1, 8 and 12.
public struct ScatterPackage: Sendable {
  public let file: ScatterFile
  /// What led to it; `nil` where the user named the scatter file itself.
  public let download: DownloadXML?
  public let toolConfiguration: ToolConfiguration?
  /// The agent that `flash.xml` or the configuration names, where it is there.
  public let agentPath: String?
  private let files: PackageFiles
  /// Where the scatter file lies among them.
  private let folder: String

  /// The name of the file with checksums, beside the scatter file.
  public static let checksumFileName = "scatter_checksum.xml"

  /// Finds and reads a package. `searchPaths` are folders that are looked through before the package's own.
  public init(path: String, searchPaths: [String] = [], isStrict: Bool = false) throws(ScatterError) {
    let finder = ScatterFinder(searchPaths: searchPaths, isStrict: isStrict)
    let found: ScatterFinder.Found
    if HostPath.isFolder(path) {
      found = try finder.inFolder(path)
    } else {
      found = try Self.isArchive(path) ? finder.inArchive(path) : finder.at(path, depth: 0)
    }
    file = found.file
    download = found.download
    toolConfiguration = found.toolConfiguration
    agentPath = found.agentPath
    if let archive = found.archive {
      (files, folder) = archive
    } else {
      files = try finder.files(base: PackagePath.folder(of: found.file.path), root: found.root)
      folder = "."
    }
  }

  /// By the signature that ZIP archives begin with.
  public static func isArchive(_ path: String) -> Bool {
    guard let file = try? RegularFile(path: path), let length = try? file.length(),
      let start = try? file.bytes(at: 0, atMost: 4, length: length)
    else { return false }
    return start == [0x50, 0x4B, 0x03, 0x04]
  }

  /// The checksums beside the scatter file; `nil` where there are none.
  public func checksums() throws(ScatterError) -> ScatterChecksums? {
    let place = PackagePlace(path: file.path)
    guard let list = try ScatterFinder.find(Self.checksumFileName, in: files, folder: folder, place) else { return nil }
    let document = try ScatterDocument(list)
    guard case .checksums(let checksums) = document else {
      throw ScatterError(.otherDocument(document.kind), path: list.name)
    }
    return checksums
  }

  /// The file of an entry; `nil` when it has none, or when it is not there.
  public func find(_ partition: ScatterPartition) throws(ScatterError) -> PackageFile? {
    let place = PackagePlace(path: file.path, element: partition.name)
    for name in try names(of: partition) {
      for suffix in ["", ".gz", ".xz", ".zst", ".lz4"] {
        if let found = try ScatterFinder.find(name + suffix, in: files, folder: folder, place) { return found }
      }
    }
    return nil
  }

  /// What the file of an entry may be called, the first that exists counting.
  private func names(of partition: ScatterPartition) throws(ScatterError) -> [String] {
    if let name = partition.fileName { return [name] }
    guard file.syntax == .legacy else { return [] }
    var names: [String] = []
    for pattern in ScatterFileNames.patterns(of: partition.name) {
      guard let star = pattern.firstIndex(of: "*") else {
        names.append(pattern)
        continue
      }
      let (head, tail) = (pattern[..<star], pattern[pattern.index(after: star)...])
      let matches = files.names(in: folder).filter { name in
        let lower = name.lowercased()
        return lower.hasPrefix(head) && lower.hasSuffix(tail) && lower.utf8.count >= pattern.utf8.count - 1
      }
      guard matches.count < 2 else {
        throw ScatterError(.ambiguousFile(pattern, candidates: matches), path: file.path, entry: partition.name)
      }
      names += matches
    }
    return names
  }

  /// What is known of an entry's image: its layers are looked through, compressed files to their end.
  public func image(of partition: ScatterPartition) throws(ScatterError) -> ScatterImage? {
    guard let found = try find(partition) else { return nil }
    do throws(ImageError) {
      let file = try found.member == nil ? ImageFile(path: found.path) : ImageFile(found.bytes)
      let image = try file.measured()
      let isBootLoader = partition.role == .preloader || partition.type.isPreloader
      return ScatterImage(
        path: found.name, byteCount: image.source.byteCount ?? found.byteCount, content: image.content.kind,
        isLoader: isBootLoader ? try Self.isLoader(image) : nil)
    } catch {
      if case .noImage(_, let kind) = error {
        return ScatterImage(path: found.name, byteCount: found.byteCount, content: kind)
      }
      throw ScatterError(.file(error), path: file.path, entry: partition.name)
    }
  }

  /// By the two headers that boot loaders begin with: a GFH, or that of a boot section.
  private static func isLoader(_ image: ImageFile) throws(ImageError) -> Bool {
    if image.content.kind == .mediaTekPreloader { return true }
    let stream = try ImageStream(image.source)
    var start = [UInt8](repeating: 0, count: 16)
    do {
      _ = try unsafe start.withUnsafeMutableBytes { buffer in try unsafe stream.read(into: buffer) }
    } catch let error as ImageError {
      throw error
    } catch {
      throw .cancelled
    }
    return BootSectionHeader.isHeader(start)
  }
}

/// The names that files of legacy packages have, which do not say them.
///
/// Source: `docs/protocols/mtk-scatter.md` 5.1.
enum ScatterFileNames {
  /// In the order in which they are tried; one with `*` needs exactly one match.
  static func patterns(of name: String) -> [String] {
    known[name.uppercased()] ?? [name, name.lowercased() + ".bin", name.lowercased() + ".img"]
  }

  private static let known: [String: [String]] = [
    "PRELOADER": ["preloader_*.bin", "preloader.bin"], "DSP_BL": ["DSP_BL"], "MBR": ["MBR"], "EBR1": ["EBR1"],
    "EBR2": ["EBR2"], "UBOOT": ["lk.bin", "uboot_*.bin", "u-boot.bin"], "BOOTIMG": ["boot.img"],
    "RECOVERY": ["recovery.img"], "SEC_RO": ["secro.img"], "LOGO": ["logo.bin"], "ANDROID": ["system.img"],
    "CACHE": ["cache.img"], "USRDATA": ["userdata.img"], "PRELOAD": ["preload.img"],
    "FAT": ["fat_sparse.img", "fat.img"],
  ]
}
