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
    let known = Set(
      manifest.files.flatMap { [$0.label, $0.name, $0.section].compactMap { $0?.lowercased() } })
    for name in selection.only where !known.contains(name.lowercased()) { throw StorageError.noPartition(name) }
    // What the backup left out may be left out again by name.
    let strange = selection.skip.filter { !known.contains($0.lowercased()) }
    if !strange.isEmpty {
      let there = Set(try await target.partitions().map { $0.name.lowercased() })
      for name in strange where !there.contains(name.lowercased()) { throw StorageError.noPartition(name) }
    }
    let map = try await target.storage()
    var sections: [String: BackupManifest.Section] = [:]
    for saved in manifest.sections {
      sections[saved.name] = saved
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
    let steps = try manifest.files.filter { selects($0, selection) }.flatMap { try restoring($0, sections) }
    return FlashPlan(
      family: target.identity.family, model: target.identity.model,
      descriptors: [folder + "/" + BackupManifest.fileName], steps: steps)
  }

  private func selects(_ file: BackupManifest.File, _ selection: StorageBackup.Selection) -> Bool {
    guard let section = file.section else { return false }
    if selection.choosesSection([section]) { return !selection.leavesOut(file.label ?? file.name) }
    return selection.contains(file.label ?? file.name) || (!selection.only.isEmpty && selection.contains(file.name))
  }

  /// The write of a file, behind the erasing that raw flash needs.
  private func restoring(
    _ file: BackupManifest.File, _ sections: [String: BackupManifest.Section]
  ) throws -> [FlashPlan.Step] {
    guard let name = file.section, let sector = file.startSector, file.byteCount > 0 else { return [] }
    guard let section = sections[name] else { throw StorageError.noSection(name, known: sections.keys.sorted()) }
    let unit = max(1, section.sectorByteCount)
    let (start, overflows) = sector.multipliedReportingOverflow(by: unit)
    guard !overflows else { throw StorageError.outside(PlanExtent(section: name), sectionByteCount: 0) }
    let label = file.label ?? file.name
    let extent = PlanExtent(section: name, start: .fromStart(start), length: file.byteCount)
    var write = FlashPlan.Write(
      name: label, extent: extent,
      image: ImageReference(path: folder + "/" + file.name, offset: 0, length: file.byteCount, sha256: file.sha256),
      byteCount: file.byteCount)
    guard let pages = section.pagesPerBlock else { return [.write(write)] }
    write.attributes["PAGES_PER_BLOCK"] = String(pages)
    let erase = FlashPlan.Erase(name: label, extent: extent, attributes: write.attributes)
    // A manifest may say anything; no bad block leads further than the range.
    let (last, tooFar) = sector.addingReportingOverflow(file.byteCount / unit)
    if !tooFar, last > 0 { write.attributes["last_sector"] = String(last - 1) }
    return [.erase(erase), .write(write)]
  }
}
