public import FlashCore
public import FlashImages

/// Storage, through the agent: started when it is first needed. Everything throws what `MediaTekAgentSession` says, the
/// agent's own error, or what `FlashTarget` says.
extension MediaTekTarget {
  public func prepareStorage() async throws {
    if hasStorage { _ = try await agent() }
  }

  /// RPMB is never written, whatever the user has agreed to: it takes signed requests only.
  public func validate(_ plan: FlashPlan) async throws {
    let map = try await storage()
    for step in plan.steps {
      let name: String? =
        switch step {
        case .write(let write): write.extent.section
        case .erase(let erase): erase.extent.section
        case .zero(let zero): zero.extent.section
        case .patch(let patch): patch.section
        case .save, .configure, .makeBootable, .reboot: nil
        }
      if let name, map[name]?.isReplayProtected == true { throw MediaTekPlanError.neverWritten(name) }
    }
    try MediaTekFamily().check(plan)
  }

  func agent() async throws -> any MediaTekAgent {
    guard hasStorage else { throw unsupported(.storage) }
    return try await session.agent()
  }

  public func storage() async throws -> StorageMap { try await agent().storage() }

  public func partitions() async throws -> [Partition] {
    if let listed = try await agent().partitions() { return listed }
    guard let tables = try await partitionTables() else { throw unsupported(.partitions) }
    return tables.partitions
  }

  /// The table of the section that has one; boot areas and RPMB are not read for that.
  public func partitionTables() async throws -> PartitionTables? {
    guard let section = try await storage().sections.first, section.kind == .sectors else { return nil }
    return try await PartitionTables(reading: self, sections: [section.name])
  }

  // MARK: Writing

  /// One command for each run of the image.
  public func write(
    _ image: any ImageSource, to range: StorageRange, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws {
    let agent = try await agent()
    let unit = try await section(range.section).sectorByteCount
    let runs = try ImageRunReader(image)
    var sent: UInt64 = 0
    while let run = try runs.next() {
      let place = PlanExtent(section: range.section, start: .fromStart(run.offset), length: run.length)
      guard run.offset % unit == 0 else { throw StorageError.unaligned(place, sectorByteCount: unit) }
      let whole = (run.length / unit + (run.length % unit == 0 ? 0 : 1)) * unit
      guard run.offset <= range.byteCount, whole <= range.byteCount - run.offset else {
        throw StorageError.outside(place, sectionByteCount: range.byteCount)
      }
      try Task.checkCancellation()
      let start = range.bytes.lowerBound + run.offset
      do {
        try await agent.write(
          runs.stream(), byteCount: run.length,
          to: StorageRange(section: range.section, bytes: start..<start + whole)
        ) { [sent] bytes in progress(.bytes(sent + bytes)) }
      } catch {
        // By its name a partition is written from its start, and without gaps.
        guard run.offset == 0, run.length == image.byteCount else { throw error }
        return try await writeByName(image, to: range, after: error, progress: progress)
      }
      sent += run.length
    }
  }

  // MARK: Reading and erasing

  public func read(_ range: StorageRange, into sink: @escaping @Sendable (RawSpan) throws -> Void) async throws {
    let consumer = ClosureConsumer(sink)
    do {
      do { try await agent().read(range, into: consumer) } catch {
        try await readByName(range, after: error, into: consumer)
      }
    } catch { throw consumer.error ?? error }
  }

  public func erase(_ erase: FlashPlan.Erase) async throws {
    let range = try await resolve(erase.extent)
    do { try await agent().erase(range) { _ in } } catch { try await eraseByName(range, after: error) }
  }

  // MARK: Leaving

  /// By the agent where one runs, or is needed for that mode; else the boot ROM's own restart. Returns when the device has
  /// acknowledged, or has left because of it.
  public func reboot(to mode: RebootMode) async throws {
    guard rebootModes.contains(mode) else { throw unsupported(.reboot, detail: mode.rawValue) }
    guard session.isAtHand || mode == .system else { throw BootROMError.noAgentFile }
    let isRunning = await session.isRunning
    guard isRunning || session.beginning != nil || mode != .system else { return try await restartByWatchdog() }
    try await agent().reboot(to: mode)
  }
}
