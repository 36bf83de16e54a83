import Digests
public import FlashImages

/// Saves a device's storage: a file for each partition with holes where it is zero, the partition tables, the descriptors
/// that write it all back, and a manifest.
///
/// Source: `docs/protocols/qualcomm-packages.md` 14.
public struct StorageBackup: Sendable {
  /// What is saved.
  public struct Selection: Equatable, Sendable {
    /// Labels; all when there are none.
    public var only: [String]
    /// Labels that are left out.
    public var skip: [String]

    public init(only: [String] = [], skip: [String] = []) {
      self.only = only
      self.skip = skip
    }

    func contains(_ label: String) -> Bool { (only.isEmpty || Self.isNamed(label, only)) && !leavesOut(label) }

    func leavesOut(_ label: String) -> Bool { Self.isNamed(label, skip) }

    /// Whether a section is chosen by one of its own names.
    func choosesSection(_ names: [String]) -> Bool { names.contains { Self.isNamed($0, only) && !leavesOut($0) } }

    private static func isNamed(_ label: String, _ labels: [String]) -> Bool {
      labels.contains { $0.lowercased() == label.lowercased() }
    }
  }

  /// A file that goes along with a backup: what a device needs before it can be written back.
  public struct Companion: Sendable {
    public var name: String
    public var image: any ImageSource

    public init(name: String, image: any ImageSource) {
      self.name = name
      self.image = image
    }
  }

  /// A piece that could not be saved, with the target's own error.
  public struct Failure: Error {
    /// The partition, or the section.
    public var name: String
    public var underlying: any Error
  }

  /// How far it is.
  public enum Event: Equatable, Sendable {
    case planned(files: Int, bytes: UInt64)
    case reading(name: String, bytes: UInt64)
    /// Bytes of the file at hand.
    case progressed(bytes: UInt64)
    case finished(name: String, bytes: UInt64, sha256: String)
  }

  private let target: any FlashTarget
  private let package: BackupPackage
  /// By the number that files are named with.
  private let sections: [UInt32: StorageSection]
  private let selection: Selection
  private let describesPrograms: Bool

  /// Finds out what there is. Throws `UnsupportedOperation` where the device cannot be read.
  ///
  /// `describesPrograms` adds the descriptors of `descriptorNames`.
  public init(
    of target: any FlashTarget, selection: Selection, comment: String, describesPrograms: Bool = true
  ) async throws {
    try target.require(.storage)
    self.describesPrograms = describesPrograms
    self.target = target
    self.selection = selection
    let tables = try await PartitionTables(reading: target)
    var sections: [UInt32: StorageSection] = [:]
    var described: [BackupPackage.Section] = []
    for (index, section) in try await target.storage().sections.enumerated() {
      guard !section.isReplayProtected else { continue }
      let flash = try await Self.flash(section, on: target)
      guard let count = section.sectorCount, count > 0 else { continue }
      let number = UInt32(section.name) ?? UInt32(clamping: index)
      sections[number] = section
      described.append(
        BackupPackage.Section(
          number: number, sectorByteCount: section.sectorByteCount, sectorCount: count,
          table: tables.tables.first { $0.section.name == section.name }?.disk.table, flash: flash,
          name: describesPrograms ? nil : section.name))
    }
    guard !sections.isEmpty else { throw target.unsupported(.backup, detail: "nothing of it has a known size") }
    self.sections = sections
    let labels = described.flatMap(\.labels)
    let known = Set((labels + sections.values.flatMap { [$0.name] + $0.aliases }).map { $0.lowercased() })
    for name in selection.only + selection.skip where !known.contains(name.lowercased()) {
      throw StorageError.noPartition(name)
    }
    let kept = described.flatMap { section in
      // A section that is named stands for everything in it.
      let isWhole = sections[section.number].map { selection.choosesSection([$0.name] + $0.aliases) } ?? false
      return section.labels.filter { isWhole ? !selection.leavesOut($0) : selection.contains($0) }
    }
    package = BackupPackage(
      sections: described, skipping: Set(labels).subtracting(kept), comment: comment)
  }

  /// How raw flash is divided; `nil` for storage of another kind.
  private static func flash(
    _ section: StorageSection, on target: any FlashTarget
  ) async throws -> BackupPackage.RawFlash? {
    guard section.kind == .nand else { return nil }
    // Without a size there is no telling where the last partition ends, and nothing to compare with on the way back.
    guard section.byteCount != nil else { throw StorageError.sizeUnknown(PlanExtent(section: section.name)) }
    let unit = section.sectorByteCount
    var partitions: [BackupPackage.RawFlash.Partition] = []
    let listed: [Partition]
    // An agent that lists none has a section that is one piece.
    do { listed = try await target.partitions() } catch is UnsupportedOperation { listed = [] }
    for partition in listed where partition.extent.section == section.name {
      let range = try partition.extent.resolved(in: section)
      partitions.append(
        .init(label: partition.name, firstSector: range.bytes.lowerBound / unit, sectorCount: range.byteCount / unit))
    }
    return BackupPackage.RawFlash(
      pagesPerBlock: max(1, (section.blockByteCount ?? unit) / unit), partitions: partitions)
  }

  /// Names of the descriptors that flash the pieces back, `rawprogram` and `patch` of every section.
  public var descriptorNames: [String] { describesPrograms ? package.descriptors.map(\.name) : [] }

  /// The section that a piece is of.
  public func section(of piece: BackupPackage.Piece) -> StorageSection? { sections[piece.section] }

  /// What will be read, in order.
  public var pieces: [BackupPackage.Piece] {
    package.pieces.filter { piece in
      guard !piece.byteRange.isEmpty else { return false }
      return piece.kind != .section || selection.contains(piece.label)
        || sections[piece.section].map { selection.contains($0.name) } == true && !selection.only.isEmpty
    }
  }

  /// Reads everything into `folder` and writes the manifest last, so that a folder with one is whole.
  ///
  /// `verifies` asks the device for a digest of each piece afterwards. Existing files are only replaced with `replaces`.
  public func save(
    to folder: OutputFolder, tool: String, verifies: Bool, replacing replaces: Bool, companions: [Companion] = [],
    observer: @escaping @Sendable (Event) -> Void = { _ in }
  ) async throws -> BackupManifest {
    let pieces = pieces
    observer(
      .planned(
        files: pieces.count,
        bytes: pieces.reduce(0) { $0 + ($1.byteRange.upperBound - $1.byteRange.lowerBound) }))
    var files: [BackupManifest.File] = []
    for piece in pieces {
      do {
        files.append(try await save(piece, to: folder, verifies: verifies, replaces: replaces, observer))
      } catch {
        throw Failure(name: piece.label, underlying: error)
      }
    }
    let descriptors = try (describesPrograms ? package.descriptors : []).map {
      Companion(name: $0.name, image: try RandomAccessImageSource(MemoryBytes($0.bytes, path: $0.name)))
    }
    for companion in descriptors + companions {
      files.append(try Self.save(companion, to: folder, replaces: replaces))
    }
    let manifest = manifest(files, tool: tool)
    let file = try folder.create(BackupManifest.fileName, replacing: replaces)
    try file.append(manifest.json())
    try file.commit()
    return manifest
  }

  private func save(
    _ piece: BackupPackage.Piece, to folder: OutputFolder, verifies: Bool, replaces: Bool,
    _ observer: @escaping @Sendable (Event) -> Void
  ) async throws -> BackupManifest.File {
    guard let section = sections[piece.section] else {
      throw StorageError.noSection("\(piece.section)", known: sections.values.map(\.name))
    }
    let range = StorageRange(section: section.name, bytes: piece.byteRange)
    observer(.reading(name: piece.fileName, bytes: range.byteCount))
    let file = try folder.create(piece.fileName, replacing: replaces)
    let sink = BackupSink(file)
    try await target.read(range) { bytes in
      try unsafe bytes.withUnsafeBytes { buffer in try unsafe sink.append(buffer) }
      observer(.progressed(bytes: sink.byteCount))
    }
    guard sink.byteCount == range.byteCount else {
      throw ImageError.shortRead(path: range.description, offset: 0, expected: range.byteCount)
    }
    let digest = sink.digest
    let isProven = verifies && target.capabilities.contains(.digest)
    if isProven, try await target.digest(of: range) != digest.bytes() {
      throw ContentDiffers(name: piece.label, range: range, found: .digest)
    }
    try file.commit()
    observer(.finished(name: piece.fileName, bytes: range.byteCount, sha256: digest.hexadecimal()))
    return BackupManifest.File(
      name: piece.fileName, byteCount: range.byteCount, sha256: digest.hexadecimal(), section: section.name,
      startSector: piece.startSector, label: piece.label,
      verified: (isProven ? Verification.digest : .acknowledged).rawValue)
  }

  private static func save(
    _ companion: Companion, to folder: OutputFolder, replaces: Bool
  ) throws -> BackupManifest.File {
    let file = try folder.create(companion.name, replacing: replaces)
    try RawImageWriter.write(companion.image, to: file)
    try file.commit()
    var digest = SHA256Digest()
    _ = unsafe try ImageScan(companion.image, onBytes: { unsafe digest.update($0) })
    return BackupManifest.File(name: companion.name, byteCount: file.byteCount, sha256: digest.hexadecimal())
  }

  private func manifest(_ files: [BackupManifest.File], tool: String) -> BackupManifest {
    let identity = target.identity
    var device = ["family": identity.family]
    device["model"] = identity.model
    device["serialNumber"] = identity.serialNumber
    return BackupManifest(
      tool: tool, device: device,
      sections: sections.sorted { $0.key < $1.key }.map { _, section in
        BackupManifest.Section(
          name: section.name, sectorByteCount: section.sectorByteCount, sectorCount: section.sectorCount ?? 0,
          pagesPerBlock: section.kind == .nand ? section.blockByteCount.map { $0 / section.sectorByteCount } : nil)
      }, files: files)
  }
}
