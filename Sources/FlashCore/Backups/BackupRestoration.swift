public import FlashImages

/// Turns a backup into the plan that writes it back.
public struct BackupRestoration: Sendable {
  public let folder: String
  public let manifest: BackupManifest

  /// The manifest is small; what is larger is none.
  static let maximumByteCount: UInt64 = 16 << 20

  /// Reads the manifest. Throws `ImageError` when there is none, `PackageError` when it is none.
  public init(folder: String) throws {
    self.folder = folder
    let path = folder + "/" + BackupManifest.fileName
    let file = try RegularFile(path: path)
    let length = try file.length()
    guard length <= Self.maximumByteCount else { throw ImageError.tooLarge(path: path, byteCount: length) }
    manifest = try BackupManifest(json: file.bytes(at: 0, count: Int(length)), path: path)
  }

  /// A write for each file, in the manifest's order: partitions first, tables behind them.
  ///
  /// Throws `PlanError.otherStorage` when the device's storage is divided differently from the saved one.
  public func plan(
    for target: any FlashTarget, selection: StorageBackup.Selection = .init()
  ) async throws -> FlashPlan {
    let map = try await target.storage()
    var units: [String: UInt64] = [:]
    for saved in manifest.sections {
      units[saved.name] = saved.sectorByteCount
      guard manifest.files.contains(where: { $0.section == saved.name && selects($0, selection) }) else { continue }
      guard let section = map[saved.name] else {
        throw StorageError.noSection(saved.name, known: map.sections.map(\.name))
      }
      guard section.sectorByteCount == saved.sectorByteCount, section.sectorCount == saved.sectorCount else {
        throw PlanError.otherStorage(
          section: saved.name, savedSectors: saved.sectorCount, savedSectorByteCount: saved.sectorByteCount,
          sectors: section.sectorCount, sectorByteCount: section.sectorByteCount)
      }
    }
    let steps = try manifest.files.filter { selects($0, selection) }.compactMap { try step($0, units) }
    return FlashPlan(
      family: target.identity.family, model: target.identity.model,
      descriptors: [folder + "/" + BackupManifest.fileName], steps: steps)
  }

  private func selects(_ file: BackupManifest.File, _ selection: StorageBackup.Selection) -> Bool {
    guard file.section != nil else { return false }
    return selection.contains(file.label ?? file.name) || (!selection.only.isEmpty && selection.contains(file.name))
  }

  private func step(_ file: BackupManifest.File, _ units: [String: UInt64]) throws -> FlashPlan.Step? {
    guard let section = file.section, let sector = file.startSector, file.byteCount > 0 else { return nil }
    guard let unit = units[section] else { throw StorageError.noSection(section, known: units.keys.sorted()) }
    let (start, overflows) = sector.multipliedReportingOverflow(by: unit)
    guard !overflows else {
      throw StorageError.outside(PlanExtent(section: section), sectionByteCount: 0)
    }
    return .write(
      FlashPlan.Write(
        name: file.label ?? file.name,
        extent: PlanExtent(section: section, start: .fromStart(start), length: file.byteCount),
        image: ImageReference(
          path: folder + "/" + file.name, offset: 0, length: file.byteCount, sha256: file.sha256),
        byteCount: file.byteCount))
  }
}
