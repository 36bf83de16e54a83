import Digests
import FlashImages

/// Copies of what the device holds, which come before everything that changes it.
extension PlanRun {
  /// A copy that is there already is this plan's own, and older than anything that has changed the device since: it stays.
  mutating func save(_ save: FlashPlan.Save, _ index: Int) async throws(PlanRunner.Failure) {
    let start = target.clock.now
    do {
      let copy = PlanCopy(save, try await target.resolve(save.extent), try await target.section(save.extent.section))
      if let known = try copy.known() { return report.saved.append(known) }
      observer(.saving(step: index + 1, name: save.name, bytes: copy.range.byteCount))
      let saved = try await copy.make(from: target) { [observer] bytes in
        observer(.progressed(step: index + 1, bytes: bytes))
      }
      report.saved.append(saved)
      observer(.saved(step: index + 1, name: save.name, path: saved.path, sha256: saved.sha256))
      observer(
        .performed(step: index + 1, action: "save", name: save.name, elapsed: target.clock.now - start))
    } catch { throw failure(index, "save", error) }
  }
}

/// A copy in a plan's folder, which is a backup like any other: `flashctl restore` writes it back.
struct PlanCopy {
  let step: FlashPlan.Save
  let range: StorageRange
  let section: StorageSection

  init(_ step: FlashPlan.Save, _ range: StorageRange, _ section: StorageSection) {
    self.step = step
    self.range = range
    self.section = section
  }

  /// The copy that an earlier run of the plan has made; only what the manifest lists is whole.
  func known() throws -> PlanRunner.Report.Saved? {
    guard let manifest = try manifest(),
      let file = manifest.files.first(where: { $0.name == step.file }), file.byteCount == range.byteCount,
      try RegularFile(path: step.path).length() == range.byteCount
    else { return nil }
    return PlanRunner.Report.Saved(
      name: step.name, path: step.path, byteCount: file.byteCount, sha256: file.sha256)
  }

  func make(
    from target: any FlashTarget, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws -> PlanRunner.Report.Saved {
    try PlanJournal.makeFolder(step.folder)
    let folder = try OutputFolder(path: step.folder)
    let file = try folder.create(step.file, replacing: true)
    let sink = BackupSink(file)
    try await target.read(range) { bytes in
      try unsafe bytes.withUnsafeBytes { buffer in try unsafe sink.append(buffer) }
      progress(sink.byteCount)
    }
    guard sink.byteCount == range.byteCount else {
      throw ImageError.shortRead(path: range.description, offset: 0, expected: range.byteCount)
    }
    try file.commit()
    let saved = PlanRunner.Report.Saved(
      name: step.name, path: step.path, byteCount: range.byteCount, sha256: sink.digest.hexadecimal())
    try list(saved, in: folder, of: target.identity)
    return saved
  }

  private func list(
    _ saved: PlanRunner.Report.Saved, in folder: OutputFolder, of identity: DeviceIdentity
  ) throws {
    var device = ["family": identity.family]
    device["model"] = identity.model
    device["serialNumber"] = identity.serialNumber
    var manifest = try manifest() ?? BackupManifest(tool: "flashctl", device: device, sections: [], files: [])
    if !manifest.sections.contains(where: { $0.name == section.name }) {
      manifest.sections.append(
        BackupManifest.Section(
          name: section.name, sectorByteCount: section.sectorByteCount, sectorCount: section.sectorCount ?? 0))
    }
    manifest.files.removeAll { $0.name == step.file }
    manifest.files.append(
      BackupManifest.File(
        name: step.file, byteCount: saved.byteCount, sha256: saved.sha256, section: section.name,
        startSector: range.bytes.lowerBound / section.sectorByteCount, label: step.name,
        verified: Verification.acknowledged.rawValue))
    let file = try folder.create(BackupManifest.fileName, replacing: true)
    try file.append(manifest.json())
    try file.commit()
  }

  /// `nil` where nothing has been copied yet.
  private func manifest() throws -> BackupManifest? {
    do { return try BackupRestoration(folder: step.folder).manifest } catch ImageError.missing { return nil }
  }
}
