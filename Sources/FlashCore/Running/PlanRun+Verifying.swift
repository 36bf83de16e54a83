import FlashImages

/// Proving what was written, once nothing more is written to the same storage.
extension PlanRun {
  /// Compares everything that is still only acknowledged.
  mutating func verifyWritten() async throws(PlanRunner.Failure) {
    let waiting = unverified
    unverified = []
    for write in waiting { try await verify(write) }
    let models = patchModels
    patchModels = [:]
    for (section, model) in models.sorted(by: { $0.key < $1.key }) { try await verify(model, section) }
  }

  private mutating func verify(_ write: Unverified) async throws(PlanRunner.Failure) {
    guard let place = resolved.place(write.index), let comparison else { return }
    let name = steps[write.index].name
    let step = write.index + 1
    let start = target.clock.now
    do {
      if case .write(let planned) = steps[write.index], let verified = try await target.proveStored(planned) {
        report.comparing += target.clock.now - start
        report.extents[write.extent].verified = verified
        return observer(.verified(step: step, name: name, verified: verified))
      }
      let image = try image(write.index, place)
      let last = resolved.lastStep(sharingStorageWith: write.index)
      observer(
        .comparing(
          step: step, name: name, bytes: write.ranges?.byteCount ?? report.extents[write.extent].byteCount,
          purpose: .verify))
      try await comparison.requireEqual(
        image, only: write.ranges, at: place.range, except: resolved.overwritten(write.index, upTo: last), name: name
      ) { [observer] bytes in observer(.progressed(step: step, bytes: bytes)) }
    } catch {
      throw failure(write.index, "verify", error)
    }
    report.comparing += target.clock.now - start
    report.extents[write.extent].verified = comparison.method
    observer(.verified(step: step, name: name, verified: comparison.method))
  }

  private func image(_ index: Int, _ place: ResolvedPlan.Place) throws(ImageError) -> any ImageSource {
    if case .write(let write) = steps[index] { return try write.image.source() }
    return FillImageSource(.zeros, byteCount: place.range.byteCount)
  }

  /// Before the first patch of a section: what the patches should make of what is there now.
  mutating func preparePatches(_ index: Int) async throws(PlanRunner.Failure) {
    guard options.verifies, target.capabilities.contains(.read), let place = resolved.place(index) else { return }
    let section = place.range.section
    guard patchModels[section] == nil else { return }
    do {
      var patches: [FlashPlan.Patch] = []
      for (other, step) in steps.enumerated() {
        guard case .patch(let patch) = step, let there = resolved.place(other), there.storage == place.storage,
          there.range.section == section
        else { continue }
        patches.append(patch)
      }
      patchModels[section] = try await PatchModel(patches, in: try await target.section(section), on: target)
    } catch {
      throw failure(index, "patch", error)
    }
  }

  private mutating func verify(_ model: PatchModel, _ section: String) async throws(PlanRunner.Failure) {
    var model = model
    guard let index = steps.indices.last(where: { resolved.isPatch($0, in: section) }) else { return }
    do { try await model.requireApplied(on: target) } catch { throw failure(index, "verify", error) }
    for place in report.patches.indices where report.patches[place].section == section {
      report.patches[place].verified = .readback
    }
    observer(.verified(step: index + 1, name: "patches of \(section)", verified: .readback))
  }
}

extension ResolvedPlan {
  /// The last step before the storage changes.
  func lastStep(sharingStorageWith index: Int) -> Int {
    guard let storage = place(index)?.storage else { return index }
    return places.lastIndex { $0?.storage == storage } ?? index
  }

  func isPatch(_ index: Int, in section: String) -> Bool {
    guard case .patch = plan.steps[index] else { return false }
    return place(index)?.range.section == section
  }
}
