/// The writes of a job, boot sections last, and what they made worth saying.
struct ScatterWrites {
  var steps: [ScatterPlan.Step]
  var remarks: [ScatterPlan.Remark]

  /// Entries that are written.
  var names: Set<String> {
    Set(
      steps.compactMap { step in
        guard case .write(let name, _, _, _) = step.action else { return nil }
        return name
      })
  }
}

/// Which entries are written, where, and whether they may be.
///
/// Source: `docs/protocols/mtk-scatter.md` 7.1 and 7.4.
extension ScatterPlanner {
  /// In the file's order, boot sections last: an interrupted job leaves a device that starts in its download mode.
  func selectedWrites() throws(ScatterRefusal) -> ScatterWrites {
    let selected = map.placements.filter { isSelected($0.partition) }
    try requireAllowed(selected)
    var writes = ScatterWrites(steps: [], remarks: [])
    var boot: [ScatterPlan.Step] = []
    var ranges: [(name: String, section: ScatterSection, range: Range<UInt64>)] = []
    for placement in selected {
      let partition = placement.partition
      guard let image = images[partition.name] else {
        throw .fileMissing(entry: partition.name, file: partition.fileName)
      }
      let range = try room(for: placement, image, remarks: &writes.remarks)
      let step = ScatterPlan.Step(
        .write(name: partition.name, sections: placement.sections, range: range, image: image), because: .selected)
      guard isBoot(placement) else {
        writes.steps.append(step)
        if let range, let section = placement.sections.first { ranges.append((partition.name, section, range)) }
        continue
      }
      boot.append(step)
      boot.append(
        ScatterPlan.Step(.prove(name: partition.name, sections: placement.sections), because: .bootLoader))
    }
    try requireDisjoint(ranges)
    writes.steps += boot
    return writes
  }

  private func isBoot(_ placement: ScatterPlacement) -> Bool {
    placement.partition.role != .partition
      || placement.partition.operation.effective(hasFile: true) == .bootloaders
  }

  /// Ticked and with a file; or named. Reserved entries and tables only when they are named.
  private func isSelected(_ partition: ScatterPartition) -> Bool {
    func contains(_ names: Set<String>) -> Bool {
      names.contains(partition.name) || names.contains { map.layout.partition(named: $0) == partition }
    }
    if contains(request.skip) { return false }
    if contains(request.replaced) { return request.only.map(contains) ?? true }
    if let only = request.only { return contains(only) }
    let isImplicit = !partition.isReserved && partition.operation.kind != .reserved && !partition.isTable
    return partition.isDownload && isImplicit && (partition.fileName != nil || images[partition.name] != nil)
  }

  private func requireAllowed(_ selected: [ScatterPlacement]) throws(ScatterRefusal) {
    for placement in selected {
      let partition = placement.partition
      guard !placement.sections.isEmpty else {
        throw .unknownRegion(entry: partition.name, region: partition.region.text)
      }
      guard !placement.sections.contains(.rpmb) else { throw .neverWritten(partition.name) }
      guard !partition.type.needsTranslationLayer else { throw .translationLayer(partition.name) }
      if let kind = images[partition.name]?.content, kind.isRefused { throw .noImage(entry: partition.name, kind) }
      guard images[partition.name]?.isLoader != false || request.allowsAnyLoader else {
        throw .noLoader(entry: partition.name)
      }
    }
    let protected = selected.map(\.partition).filter(ScatterProtection.isProtected).map(\.name)
    guard protected.isEmpty || request.allowsProtected else { throw .protected(protected) }
  }

  // MARK: Where

  /// The bytes that an image may take up.
  private func room(
    for placement: ScatterPlacement, _ image: ScatterImage, remarks: inout [ScatterPlan.Remark]
  ) throws(ScatterRefusal) -> Range<UInt64>? {
    let partition = placement.partition
    if placement.sections.contains(where: { $0 != device.storage.userSection }) {
      return try bootRoom(for: placement, image)
    }
    let range: Range<UInt64>
    if usesDeviceTable {
      guard let own = device.partition(named: partition.name) else { throw .notOnDevice(partition.name) }
      guard own.range.upperBound <= userByteCount else { throw .outsideSection(partition.name) }
      range = own.range
    } else {
      guard let own = placement.range(inSectionOf: userByteCount) else { throw .outsideSection(partition.name) }
      range = own
    }
    let unit = max(1, device.sectorByteCount)
    guard range.lowerBound.isMultiple(of: unit), (range.upperBound - range.lowerBound).isMultiple(of: unit) else {
      throw .unaligned(partition.name, sectorByteCount: device.sectorByteCount)
    }
    return try fit(image, into: range, of: placement, remarks: &remarks)
  }

  /// Where the user wants it so, and the mode leaves the device's table alone.
  private var usesDeviceTable: Bool {
    request.mode == .downloadOnly && request.followsDeviceTable && table != nil
  }

  /// An image without a boundary check may reach into nothing that follows.
  private func fit(
    _ image: ScatterImage, into range: Range<UInt64>, of placement: ScatterPlacement,
    remarks: inout [ScatterPlan.Remark]
  ) throws(ScatterRefusal) -> Range<UInt64> {
    let room = range.upperBound - range.lowerBound
    guard image.byteCount > room else { return range }
    let name = placement.partition.name
    let tooLarge = ScatterRefusal.imageTooLarge(entry: name, byteCount: image.byteCount, room: room)
    // What follows is known where the device has the same layout.
    let isElsewhere = request.mode == .downloadOnly && !differences.isEmpty
    guard !placement.partition.checksBoundary, !usesDeviceTable, !isElsewhere else { throw tooLarge }
    let next =
      map.placements.compactMap { other -> UInt64? in
        guard other.sections == placement.sections, let start = other.first(inSectionOf: userByteCount),
          start > range.lowerBound
        else { return nil }
        return start
      }.min() ?? userByteCount
    guard next - range.lowerBound >= image.byteCount else { throw tooLarge }
    remarks.append(.largerThanEntry(name, byteCount: image.byteCount, room: room))
    return range.lowerBound..<next
  }

  private func bootRoom(for placement: ScatterPlacement, _ image: ScatterImage) throws(ScatterRefusal) -> Range<UInt64>?
  {
    let sizes = placement.sections.compactMap { device.sections[$0] }
    let stated = placement.partition.byteCount == 0 ? UInt64.max : placement.partition.byteCount
    guard case .fromStart(let start) = placement.start else { throw .outsideSection(placement.partition.name) }
    guard let smallest = sizes.min() else { return nil }
    guard start < smallest else { throw .outsideSection(placement.partition.name) }
    let end = min(smallest, start.addingClamped(stated))
    guard image.byteCount <= end - start else {
      throw .imageTooLarge(entry: placement.partition.name, byteCount: image.byteCount, room: end - start)
    }
    return start..<end
  }

  private func requireDisjoint(
    _ ranges: [(name: String, section: ScatterSection, range: Range<UInt64>)]
  ) throws(ScatterRefusal) {
    guard !request.allowsOverlap else { return }
    let sorted = ranges.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for section in Set(sorted.map(\.section)) {
      let own = sorted.filter { $0.section == section }
      for (one, other) in zip(own, own.dropFirst()) where other.range.lowerBound < one.range.upperBound {
        throw .overlap(one.name, other.name)
      }
    }
  }

  // MARK: The table

  /// An entry whose image covers the first sectors brings a table of its own, as those of routers do.
  func imageWithTable(_ writes: ScatterWrites) -> String? {
    for step in writes.steps {
      guard case .write(let name, let sections, let range?, _) = step.action,
        sections == [device.storage.userSection], range.lowerBound == 0
      else { continue }
      return name
    }
    return nil
  }

  /// The table must keep clear of the first partition.
  func requireRoom(for table: ScatterTable) throws(ScatterRefusal) {
    let unit = Int(clamping: min(device.sectorByteCount, 1 << 16))
    do throws(GPTEditError) {
      _ = try table.gpt(sectorByteCount: unit, userByteCount: userByteCount)
    } catch {
      guard case .badRange(let name, let first, _) = error, first < 34 else { throw .table(error) }
      throw .tableHasNoRoom(
        entry: name, needed: ScatterMap.backupTableByteCount(sectorByteCount: UInt64(unit)) + UInt64(unit))
    }
  }
}
