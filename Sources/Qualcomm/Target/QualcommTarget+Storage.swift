public import FlashCore
public import FlashImages

/// Storage, through the programmer: started when it is first needed. Everything throws `FirehoseError`, or what
/// `FlashTarget` says.
extension QualcommTarget {
  public func prepareStorage() async throws {
    if hasStorage { try await programmer.prepare() }
  }

  public func validate(_ plan: FlashPlan) async throws { try QualcommFamily().check(plan) }

  public func configure(_ storage: FlashPlan.Configure) async throws { try await programmer.configure(storage) }

  public func storage() async throws -> StorageMap {
    // Also where nothing may be asked: then it is what the package and the options say.
    guard hasStorage else { throw unsupported(.storage) }
    return try await programmer.storage()
  }

  public func partitions() async throws -> [Partition] {
    try requireStorage(.partitions)
    if let tables = try await partitionTables() { return tables.partitions }
    return try await programmer.nandPartitions()
  }

  /// None of NAND, which has a table of its own.
  public func partitionTables() async throws -> PartitionTables? {
    try requireStorage(.partitions)
    return try await programmer.driver().limits.memory == .nand ? nil : try await PartitionTables(reading: self)
  }

  /// A crashed device hands out its memory, and nothing of its storage; one with digest tables is not asked.
  func requireStorage(_ capability: Capability) throws(UnsupportedOperation) {
    guard capabilities.contains(capability) else { throw unsupported(capability) }
  }

  // MARK: Writing

  public func write(
    _ write: FlashPlan.Write, ranges: [Range<UInt64>]?, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws -> Verification {
    try requireStorage(.write)
    let place = try await place(of: write)
    var program = place.program
    program.fileName = write.attributes["filename"] ?? Self.fileName(write.image.path)
    program.pagesPerBlock = number("PAGES_PER_BLOCK", of: write.attributes) ?? programmer.initialSettings.pagesPerBlock
    program.lastSector = write.attributes["last_sector"]
    let image = try write.image.source(selecting: ranges)
    try await self.write(image, at: place.start, room: place.room, like: program, progress: progress)
    return .acknowledged
  }

  public func write(
    _ image: any ImageSource, to range: StorageRange, progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws {
    try requireStorage(.write)
    let section = try await section(range.section)
    let program = try await program(in: section)
    try await write(
      image, at: .sector(range.bytes.lowerBound / section.sectorByteCount), room: range.byteCount, like: program,
      progress: progress)
  }

  /// Where an image goes: a sector, or the text of one that only the device can tell.
  enum Start {
    case sector(UInt64)
    case expression(String)
  }

  private func place(
    of write: FlashPlan.Write
  ) async throws -> (start: Start, room: UInt64, program: FirehoseProgram) {
    let section = try await section(write.extent.section)
    let program = try await program(in: section)
    // Where nothing may be asked of the device, what depends on its size is left to it (qualcomm-packages.md 4.4).
    if section.byteCount == nil,
      let text = write.attributes["start_sector"]
        ?? write.extent.start.sectorText(unit: section.sectorByteCount)
    {
      return (.expression(text), write.extent.length ?? .max, program)
    }
    let range = try await resolve(write)
    return (.sector(range.bytes.lowerBound / section.sectorByteCount), range.byteCount, program)
  }

  private func program(in section: StorageSection) async throws -> FirehoseProgram {
    FirehoseProgram(
      FirehoseExtent(
        sectorByteCount: UInt32(clamping: section.sectorByteCount), physicalPartition: try Self.number(of: section),
        startSector: 0, sectorCount: 0, slot: await programmer.settings.slot))
  }

  /// One command for each run of an image; long ones are cut, so that a signal is heeded in time.
  private func write(
    _ image: any ImageSource, at start: Start, room: UInt64, like template: FirehoseProgram,
    progress: @escaping @Sendable (WriteProgress) -> Void
  ) async throws {
    let driver = try await programmer.driver()
    let unit = UInt64(template.extent.sectorByteCount)
    let isWhole = driver.settings.isValidated
    let runs = try ImageRunReader(image, maximumByteCount: isWhole ? .max : await driver.policy.pieceByteCount)
    var sent: UInt64 = 0
    while let run = try runs.next() {
      guard run.offset % unit == 0 else {
        throw StorageError.unaligned(
          PlanExtent(section: "image", start: .fromStart(run.offset), length: run.length), sectorByteCount: unit)
      }
      guard run.offset <= room, run.length <= room - run.offset + (unit - 1) else {
        throw StorageError.outside(
          PlanExtent(section: "image", start: .fromStart(run.offset), length: run.length), sectionByteCount: room)
      }
      try Task.checkCancellation()
      var program = template
      program.extent.startSector = try Self.text(start, plus: run.offset / unit)
      program.extent.sectorCount = run.length / unit + (run.length % unit == 0 ? 0 : 1)
      let stream = runs.stream()
      do throws(FirehoseError) {
        try await driver.program(program, stream: stream, imageByteCount: run.length) { [sent] bytes in
          progress(.bytes(sent + bytes))
        }
      } catch {
        throw error.located(at: program.extent)
      }
      sent += run.length
    }
  }

  private static func text(_ start: Start, plus sectors: UInt64) throws(StorageError) -> String {
    switch start {
    case .sector(let first):
      let (sum, overflows) = first.addingReportingOverflow(sectors)
      guard !overflows else { throw .expression("\(first)+\(sectors)", .overflow) }
      return "\(sum)"
    case .expression(let text):
      // A piece of an image at a place that only the device knows (qualcomm-packages.md 4.4).
      guard sectors == 0 else { throw .expression(text, .unknownSectorCount) }
      return text
    }
  }

  private static func fileName(_ path: String) -> String { String(path.split(separator: "/").last ?? "") }

  static func number(of section: StorageSection) throws(StorageError) -> UInt32 {
    guard let number = UInt32(section.name) else { throw .noSection(section.name, known: []) }
    return number
  }

  func number(_ name: String, of attributes: [String: String]) -> UInt32? {
    attributes[name].flatMap { FirehoseNumber.parse($0) }
  }

  // MARK: Reading

  public func read(_ range: StorageRange, into sink: @escaping @Sendable (RawSpan) throws -> Void) async throws {
    try requireStorage(.read)
    let section = try await section(range.section)
    let driver = try await programmer.driver()
    let consumer = ClosureConsumer(sink)
    let piece = await driver.policy.pieceByteCount / section.sectorByteCount * section.sectorByteCount
    var position = range.bytes.lowerBound
    while position < range.bytes.upperBound {
      try Task.checkCancellation()
      let end = min(range.bytes.upperBound, position + max(piece, section.sectorByteCount))
      let extent = try await extent(StorageRange(section: range.section, bytes: position..<end), in: section)
      do throws(FirehoseError) { try await driver.read(FirehoseRead(extent), into: consumer) } catch {
        throw consumer.error ?? error.located(at: extent)
      }
      position = end
    }
  }

  private func extent(_ range: StorageRange, in section: StorageSection) async throws -> FirehoseExtent {
    let unit = section.sectorByteCount
    return FirehoseExtent(
      sectorByteCount: UInt32(clamping: unit), physicalPartition: try Self.number(of: section),
      startSector: range.bytes.lowerBound / unit, sectorCount: range.byteCount / unit,
      slot: await programmer.settings.slot)
  }

  public func digest(of range: StorageRange) async throws -> [UInt8] {
    try requireStorage(.digest)
    let driver = try await programmer.driver()
    let extent = try await extent(range, in: try await section(range.section))
    do throws(FirehoseError) { return try await driver.digest(extent) } catch {
      guard await driver.meansMissing(error) else { throw error.located(at: extent) }
      programmer.abilities.markMissing("getsha256digest")
      throw unsupported(.digest)
    }
  }

  // MARK: Erasing and patching

  /// Where the programmer has no such command, zeros are written.
  public func erase(_ erase: FlashPlan.Erase) async throws {
    try requireStorage(.erase)
    let section = try await section(erase.extent.section)
    let driver = try await programmer.driver()
    let zero = FlashPlan.Zero(name: erase.name, extent: erase.extent, attributes: erase.attributes)
    guard await driver.has("erase") else { return try await self.zero(zero) { _ in } }
    let (command, byteCount) = try await eraseCommand(erase, in: section)
    do throws(FirehoseError) { try await driver.erase(command, byteCount: byteCount) } catch {
      guard await driver.meansMissing(error) else { throw error.located(at: command.extent(in: section)) }
      await driver.markMissing("erase")
      driver.notice("firehose.erase-by-zeros")
      try await self.zero(zero) { _ in }
    }
  }

  private func eraseCommand(
    _ erase: FlashPlan.Erase, in section: StorageSection
  ) async throws -> (FirehoseErase, byteCount: UInt64?) {
    let slot = await programmer.settings.slot
    let unit = UInt32(clamping: section.sectorByteCount)
    let isWhole =
      erase.extent.start == .fromStart(0) && (erase.extent.length == nil || erase.extent.length == section.byteCount)
    var command: FirehoseErase
    var byteCount = section.byteCount
    if isWhole {
      command = FirehoseErase(wholeOf: try Self.number(of: section), sectorByteCount: unit, slot: slot)
    } else if section.byteCount == nil, let length = erase.extent.length,
      let text = erase.attributes["start_sector"]
        ?? erase.extent.start.sectorText(unit: section.sectorByteCount)
    {
      byteCount = length
      command = FirehoseErase(
        FirehoseExtent(
          sectorByteCount: unit, physicalPartition: try Self.number(of: section), startSector: text,
          sectorCount: length / section.sectorByteCount, slot: slot))
    } else {
      let range = try await resolve(erase.extent)
      byteCount = range.byteCount
      command = FirehoseErase(try await extent(range, in: section))
    }
    command.pagesPerBlock =
      number("PAGES_PER_BLOCK", of: erase.attributes) ?? programmer.initialSettings.pagesPerBlock
    return (command, byteCount)
  }

  /// The device computes and stores the number; where it cannot, that is done here.
  public func patch(_ patch: FlashPlan.Patch) async throws {
    try requireStorage(.patch)
    let section = try await section(patch.section)
    let driver = try await programmer.driver()
    guard await driver.has("patch"), let command = try await patchCommand(patch, in: section) else {
      return try await HostPatch(patch, on: self).apply()
    }
    do throws(FirehoseError) {
      try await driver.run(.patch(command), limit: await driver.policy.patchLimit)
    } catch {
      guard await driver.meansMissing(error) else { throw error.located(at: command.extent) }
      await driver.markMissing("patch")
      driver.notice("firehose.patch-by-host")
      try await HostPatch(patch, on: self).apply()
    }
  }

  private func patchCommand(_ patch: FlashPlan.Patch, in section: StorageSection) async throws -> FirehosePatch? {
    guard (1...8).contains(patch.byteCount) else {
      throw StorageError.invalidPatch(section: patch.section, value: patch.value)
    }
    let unit = section.sectorByteCount
    var offset = patch.byteOffset
    let start: String
    if case .fromStart(let bytes) = patch.start {
      // A place beyond its sector is one in a later sector (firehose.md 13).
      let (sum, overflows) = bytes.addingReportingOverflow(offset)
      guard !overflows else { throw StorageError.invalidPatch(section: patch.section, value: patch.value) }
      start = "\(sum / unit)"
      offset = sum % unit
    } else {
      guard let text = patch.attributes["start_sector"] ?? patch.start.sectorText(unit: unit) else { return nil }
      start = text
    }
    return FirehosePatch(
      sectorByteCount: UInt32(clamping: unit), byteOffset: offset, physicalPartition: try Self.number(of: section),
      byteCount: UInt32(patch.byteCount), startSector: start, value: patch.value,
      slot: await programmer.settings.slot)
  }

  public func makeBootable(section name: String) async throws {
    try requireStorage(.makeBootable)
    let section = try await section(name)
    try await setBootable(try Self.number(of: section))
  }
}

extension FirehoseErase {
  /// The sectors that are erased; all of the section's where none are named, and none where nobody knows how many.
  fileprivate func extent(in section: StorageSection) -> FirehoseExtent {
    FirehoseExtent(
      sectorByteCount: UInt32(clamping: section.sectorByteCount), physicalPartition: physicalPartition,
      startSector: startSector ?? "0", sectorCount: sectorCount ?? section.sectorCount ?? 0, slot: slot)
  }
}

extension FirehosePatch {
  /// The sector that is changed.
  fileprivate var extent: FirehoseExtent {
    FirehoseExtent(
      sectorByteCount: sectorByteCount, physicalPartition: physicalPartition, startSector: startSector, sectorCount: 1,
      slot: slot)
  }
}

extension PlanExtent.Start {
  /// The start as a number of sectors, or as the expression for one; `nil` where it lies inside a sector.
  func sectorText(unit: UInt64) -> String? {
    switch self {
    case .fromStart(let bytes): bytes % unit == 0 ? "\(bytes / unit)" : nil
    case .fromEnd(let bytes): bytes % unit == 0 ? DiskExpression.fromEnd(bytes / unit).text : nil
    case .expression(let text): text
    }
  }
}
