import FlashImages

/// Checks a whole plan against the device and the files before the first byte is written, and finds out where its steps
/// work.
struct PlanCheck {
  private let plan: FlashPlan
  let target: any FlashTarget
  private let options: PlanRunner.Options
  private var storage = 0
  private var places: [ResolvedPlan.Place?] = []
  /// The step that is looked at, or was refused; `nil` while the plan is looked at as a whole.
  private(set) var stepAtHand: FlashPlan.Step?
  /// What lies in the chosen storage and must stay; `nil` until somebody asks.
  private var treasures: [(name: String, range: StorageRange)]?
  /// Protected partitions that the plan touches, all of them.
  private var hits: Set<String> = []
  /// What the plan copies to the host before.
  private var saves: [(step: FlashPlan.Save, range: StorageRange)] = []
  /// What the plan writes to and a boot ROM may burn into fuses.
  private var fusingHits: Set<String> = []

  init(_ plan: FlashPlan, on target: any FlashTarget, options: PlanRunner.Options) {
    self.plan = plan
    self.target = target
    self.options = options
  }

  /// Throws `PlanError`, `StorageError`, `ImageError`, and what the target throws.
  mutating func run() async throws -> ResolvedPlan {
    if !options.hasCheckedFiles { try await target.validate(plan) }
    guard target.capabilities.contains(.storage) else { return ResolvedPlan(plan: plan, places: []) }
    for step in plan.steps {
      if Task.isCancelled { throw CancellationError() }
      stepAtHand = step
      places.append(try await place(of: step))
    }
    stepAtHand = nil
    guard fusingHits.isEmpty else { throw PlanError.fusing(fusingHits.sorted()) }
    guard hits.isEmpty else { throw PlanError.protected(hits.sorted()) }
    if !options.allowsOverlap { try refuseOverlaps() }
    return ResolvedPlan(plan: plan, places: places)
  }

  private mutating func place(of step: FlashPlan.Step) async throws -> ResolvedPlan.Place? {
    try await checkSectorSize(of: step)
    switch step {
    case .configure(let configuration):
      try await target.configure(configuration)
      storage += 1
      treasures = nil
      return nil
    case .write(let write):
      try await checkRoom(of: write)
      let place = try await guarded(write.name, try await target.resolve(write), file: write.image.name)
      // Long files are not read when the plan is refused anyway.
      if hits.isEmpty, fusingHits.isEmpty, !options.hasCheckedFiles { try write.image.checkDigest() }
      return place
    case .erase(let erase):
      return try await guarded(erase.name, try await target.resolve(erase.extent))
    case .zero(let zero):
      return try await guarded(zero.name, try await target.resolve(zero.extent))
    case .patch(let patch):
      let section = try await target.section(patch.section)
      let range = StorageRange(section: section.name, bytes: try patch.place(in: section))
      try Self.checkChecksums(of: try patch.expression(), in: section)
      // A patch has no name of its own; where it lies is what counts. Partition tables lie in no partition.
      return try await guarded(section.name, range, file: "")
    case .save(let save):
      try target.require(.read)
      saves.append((save, try await target.resolve(save.extent)))
      return nil
    case .makeBootable(let section):
      try target.require(.makeBootable)
      _ = try await target.section(section)
      return nil
    case .reboot(let mode):
      guard target.rebootModes.contains(mode) else { throw target.unsupported(.reboot, detail: mode.rawValue) }
      return nil
    }
  }

  /// Whether the plan copies all of it first.
  private func isSaved(_ range: StorageRange) -> Bool {
    saves.contains { save in
      save.range.section == range.section && save.range.bytes.lowerBound <= range.bytes.lowerBound
        && save.range.bytes.upperBound >= range.bytes.upperBound
    }
  }

  private func checkRoom(of write: FlashPlan.Write) async throws {
    let section = try await target.section(write.extent.section)
    if let room = write.extent.length, write.image.length > room {
      throw PlanError.doesNotFit(name: write.name, byteCount: write.image.length, room: room)
    }
    do { _ = try await target.resolve(write) } catch StorageError.outside {
      let start = try write.extent.start.byteOffset(in: section, of: write.extent)
      let size = section.byteCount ?? 0
      throw PlanError.doesNotFit(name: write.name, byteCount: write.image.length, room: size - min(start, size))
    }
    // What is copied first is no file yet.
    guard !saves.contains(where: { $0.step.path == write.image.path }) else { return }
    // The chunks of a sparse image begin and end where sectors do.
    _ = try ImageRuns.ranges(of: write.image.source(), sectorByteCount: section.sectorByteCount)
  }

  /// The place; what is protected there is noted. `file` names what is written there, `nil` stands for what
  /// only erases.
  private mutating func guarded(
    _ name: String, _ range: StorageRange, file: String? = nil
  ) async throws -> ResolvedPlan.Place {
    let section = try await target.section(range.section)
    if !options.allowsProtected || !options.allowsFusing {
      var hit = Set(([name, section.name] + section.aliases).filter(ProtectedPartitions.contains))
      for treasure in try await findTreasures()
      where treasure.range.overlaps(range) && !isSaved(treasure.range) {
        hit.insert(treasure.name)
      }
      hit = hit.filter { name in !saves.contains { $0.step.name.lowercased() == name.lowercased() } }
      let fusing = hit.filter { ProtectedPartitions.burnsFuses($0) }
      if let file, !options.allowsFusing {
        fusingHits.formUnion(ProtectedPartitions.burnsFuses(name, file: file) ? fusing.union([name]) : fusing)
      }
      // Consent to burning includes the one to lose what is there.
      if !options.allowsProtected {
        hits.formUnion(file != nil || options.allowsFusing ? hit.subtracting(fusing) : hit)
      }
    }
    return ResolvedPlan.Place(storage: storage, range: range, unit: section.sectorByteCount, kind: section.kind)
  }

  private mutating func findTreasures() async throws -> [(name: String, range: StorageRange)] {
    if let treasures { return treasures }
    var found: [(name: String, range: StorageRange)] = []
    for partition in try await listedPartitions() where ProtectedPartitions.contains(partition.name) {
      found.append((name: partition.name, range: try await target.resolve(partition.extent)))
    }
    treasures = found
    return found
  }

  /// None where the storage has no table that anybody can read, as some raw NAND.
  private func listedPartitions() async throws -> [Partition] {
    guard target.capabilities.contains(.partitions) else { return [] }
    do { return try await target.partitions() } catch is UnsupportedOperation { return [] }
  }

  /// What is erased may be written afterwards; everything else happens once.
  private func refuseOverlaps() throws(PlanError) {
    var used: [(index: Int, place: ResolvedPlan.Place)] = []
    for (index, place) in places.enumerated() {
      guard let place, !place.range.bytes.isEmpty else { continue }
      if case .patch = plan.steps[index] { continue }
      used.append((index: index, place: place))
    }
    used.sort { one, other in
      (one.place.storage, one.place.range.section, one.place.range.bytes.lowerBound, one.index)
        < (other.place.storage, other.place.range.section, other.place.range.bytes.lowerBound, other.index)
    }
    var open: [(index: Int, place: ResolvedPlan.Place)] = []
    for next in used {
      open.removeAll { $0.place.storage != next.place.storage || !$0.place.range.overlaps(next.place.range) }
      for earlier in open where !isErasedFirst(earlier.index, next.index) {
        throw .overlap(
          first: plan.steps[min(earlier.index, next.index)].placedName,
          second: plan.steps[max(earlier.index, next.index)].placedName,
          at: next.place.range)
      }
      open.append(next)
    }
  }

  private func isErasedFirst(_ one: Int, _ other: Int) -> Bool {
    if case .erase = plan.steps[min(one, other)] { true } else { false }
  }
}

extension PlanCheck {
  /// What a patch computes a checksum of lies in its section.
  fileprivate static func checkChecksums(of expression: DiskExpression, in section: StorageSection) throws {
    guard expression.containsCRC32, let count = section.sectorCount else { return }
    let ranges: [DiskExpression.ChecksumRange]
    do throws(DiskExpressionError) { ranges = try expression.checksumRanges(sectors: count) } catch {
      throw StorageError.expression(expression.text, error)
    }
    let size = count * section.sectorByteCount
    for range in ranges {
      let (start, overflows) = range.sector.multipliedReportingOverflow(by: section.sectorByteCount)
      guard !overflows, start <= size, range.byteCount <= size - start else {
        throw StorageError.expression(expression.text, .overflow)
      }
    }
  }
}
