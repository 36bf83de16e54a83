public import FlashCore
import FlashImages
import WireFormat

extension MediaTekFamily {
  /// A scatter file takes their place.
  public var describesBackupsByPrograms: Bool { false }

  /// A scatter file that flashes the backup back, the boot loader as a file of its own, and the agent with a `flash.xml`
  /// that names both, where one was given.
  ///
  /// Source: `docs/protocols/mtk-scatter.md` 9.
  public func companions(
    of backup: StorageBackup, from target: any FlashTarget, loaders: [String]
  ) async throws -> [StorageBackup.Companion] {
    guard let target = target as? MediaTekTarget else { return [] }
    var description = try await MediaTekBackup(target)
    for piece in backup.pieces {
      if let section = backup.section(of: piece) { description.add(piece, of: section) }
    }
    return try description.companions(agent: loaders.last)
  }
}

/// What is written beside the images of a backup.
struct MediaTekBackup {
  private let kind: ScatterStorage
  private let chip: String?
  private let user: StorageSection?
  /// The loaders of the boot sections, the first one first; `nil` of a section without one.
  private var loaders: [[UInt8]?] = []
  private var bootByteCount: UInt64 = 0
  /// Files of the user section's partitions, by name.
  private var files: [String: String] = [:]
  private var partitions: [ScatterBackup.Partition] = []
  private var taken: Set<String> = ["manifest.json"]

  private static let project = "flashctl_backup"
  /// Boot loaders are smaller.
  private static let loaderByteLimit: UInt64 = 16 << 20

  /// Reads the boot sections.
  init(_ target: MediaTekTarget) async throws {
    kind = try await target.storageKind()
    chip = await target.chipNames().first { $0.hasPrefix("MT") }.map { String($0.dropFirst(2).prefix { $0.isNumber }) }
    let map = try await target.storage()
    user = map.sections.first
    do { partitions = try await Self.partitions(of: target, in: user?.name) } catch is UnsupportedOperation {}
    guard kind == .emmc || kind == .ufs else { return }
    for name in kind.bootSections.map(MediaTekSections.name(of:)) {
      guard let section = map[name], let size = section.byteCount else { continue }
      let count = min(size, Self.loaderByteLimit) / section.sectorByteCount * section.sectorByteCount
      let bytes = try await target.bytes(of: StorageRange(section: section.name, bytes: 0..<count))
      bootByteCount = max(bootByteCount, size)
      loaders.append(Self.loader(in: bytes))
    }
  }

  /// All of them, whether they are saved or not: the layout is the device's.
  private static func partitions(
    of target: MediaTekTarget, in section: String?
  ) async throws -> [ScatterBackup.Partition] {
    try await target.partitions().compactMap { partition in
      guard partition.extent.section == section, case .fromStart(let start) = partition.extent.start,
        let count = partition.extent.length, count > 0
      else { return nil }
      return ScatterBackup.Partition(name: partition.name, start: start, byteCount: count)
    }
  }

  private static func loader(in bytes: [UInt8]) -> [UInt8]? {
    guard let offset = BootSectionHeader.loaderOffset(in: bytes),
      let file = try? PreloaderFile(MemoryBytes(bytes)), file.offset == UInt64(offset), !file.loaderRange.isEmpty
    else { return nil }
    return Array(bytes[Int(file.loaderRange.lowerBound)..<Int(file.loaderRange.upperBound)])
  }

  mutating func add(_ piece: BackupPackage.Piece, of section: StorageSection) {
    taken.insert(piece.fileName.lowercased())
    guard section.name == user?.name, piece.kind == .partition, !piece.byteRange.isEmpty else { return }
    files[piece.label] = piece.fileName
  }

  func companions(agent: String?) throws -> [StorageBackup.Companion] {
    guard let size = user?.byteCount else { return [] }
    let first = loaders.first.flatMap { $0 }
    let isEqual = loaders.count > 1 && loaders.allSatisfy { $0 == first }
    let backup = ScatterBackup(
      ScatterBackup.Device(
        storage: kind, chip: chip ?? "", project: Self.project, userByteCount: size,
        bootByteCount: first == nil ? 0 : bootByteCount, hasEqualBootSections: isEqual),
      partitions: partitions)
    var scatter = backup.scatter
    if chip == nil { scatter.platform = "unknown" }
    var companions: [StorageBackup.Companion] = []
    var comments: [String: String] = [:]
    for index in scatter.layouts[0].partitions.indices {
      let partition = scatter.layouts[0].partitions[index]
      if let loader = loader(of: partition) {
        guard let bytes = loader, let name = partition.fileName else {
          scatter.layouts[0].partitions[index].fileName = nil
          scatter.layouts[0].partitions[index].isDownload = false
          continue
        }
        companions.append(try Self.companion(name, bytes))
      } else if let file = files[partition.name] {
        if partition.fileName == nil { comments[partition.name] = "saved as \(file), not flashed by itself" }
        scatter.layouts[0].partitions[index].fileName = partition.fileName.map { _ in file }
      } else {
        scatter.layouts[0].partitions[index].fileName = nil
        scatter.layouts[0].partitions[index].isDownload = false
      }
    }
    let stem = (chip.map { "MT" + $0 } ?? "MT") + "_Android_scatter"
    for syntax in kind == .ufs ? [ScatterSyntax.text, .xml] : [.text] {
      var writer = ScatterWriter(syntax)
      writer.comments = comments
      companions.append(
        try Self.companion(stem + (syntax == .xml ? ".xml" : ".txt"), try writer.bytes(of: scatter)))
    }
    return try companions + agentCompanions(agent, scatter: stem + (kind == .ufs ? ".xml" : ".txt"))
  }

  /// The boot loader that an entry is for, which may be missing; `nil` for all other entries.
  private func loader(of partition: ScatterPartition) -> [UInt8]?? {
    switch partition.role {
    case .preloader: .some(loaders.first ?? nil)
    case .preloaderBackup: .some(loaders.count > 1 ? loaders[1] : nil)
    default: nil
    }
  }

  private func agentCompanions(_ path: String?, scatter: String) throws -> [StorageBackup.Companion] {
    guard let path else { return [] }
    let archive = try AgentArchive(path: path)
    var name = PackagePath.name(of: String(path.map { $0 == ":" ? "/" : $0 }))
    if name.isEmpty || taken.contains(name.lowercased()) || name == scatter { name = "agent_" + name }
    let length = try archive.bytes.length()
    let document =
      "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<flash-mode>\n  <project>\(Self.project)</project>\n"
      + "  <dagent>\(XMLWriter.escaped(name))</dagent>\n  <scatter>\(scatter)</scatter>\n  <version>1.0</version>\n"
      + "</flash-mode>\n"
    return [
      StorageBackup.Companion(
        name: name, image: try RandomAccessImageSource(archive.bytes, range: 0..<length)),
      try Self.companion("flash.xml", Array(document.utf8)),
    ]
  }

  private static func companion(_ name: String, _ bytes: [UInt8]) throws -> StorageBackup.Companion {
    StorageBackup.Companion(name: name, image: try RandomAccessImageSource(MemoryBytes(bytes, path: name)))
  }
}
