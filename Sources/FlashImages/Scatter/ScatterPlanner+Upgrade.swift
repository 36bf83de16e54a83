/// Firmware upgrade: the new layout, with what only this device has kept.
///
/// Source: `docs/protocols/mtk-scatter.md` 7.2 and 7.3.
extension ScatterPlanner {
  func firmwareUpgrade(_ writes: ScatterWrites) throws(ScatterRefusal) -> [ScatterPlan.Step] {
    let written = writes.names
    let kept = keptPartitions(written)
    var steps = kept.map { kept in
      ScatterPlan.Step(
        .backUp(name: kept.own.name, section: device.storage.userSection, range: kept.own.range), because: kept.reason)
    }
    steps += backupsOfReplaced(writes)
    let rewritten = try rewrittenTable(writes)
    if let rewritten { steps.append(rewritten) }
    steps += erasures(written, kept: Set(kept.map(\.name)), rewrites: rewritten != nil)
    for kept in kept {
      if let step = try restoration(of: kept) { steps.append(step) }
    }
    steps += writes.steps
    try requireClear(kept, of: steps)
    guard !writes.steps.isEmpty || rewritten != nil else {
      if hasTableOnly { return [] }
      throw .nothingSelected
    }
    return steps
  }

  /// A partition of the device whose content survives.
  private struct Kept {
    /// As the layout calls it.
    var name: String
    var own: ScatterDevice.Partition
    /// Its new place; `nil` where the layout has none for it.
    var range: Range<UInt64>?
    var reason: ScatterPlan.Reason
  }

  private func keptPartitions(_ written: Set<String>) -> [Kept] {
    var kept: [Kept] = []
    for placement in map.placements where placement.sections == [device.storage.userSection] {
      let partition = placement.partition
      guard !partition.isTable, !written.contains(partition.name), let own = device.partition(named: partition.name)
      else { continue }
      let range = placement.range(inSectionOf: userByteCount)
      let isReserved = partition.operation.kind == .reserved || partition.isReserved
      if ScatterProtection.isProtected(partition) || request.keep.contains(partition.name) {
        kept.append(Kept(name: partition.name, own: own, range: range, reason: .deviceSpecific))
      } else if isReserved, let range, range.lowerBound != own.start {
        kept.append(Kept(name: partition.name, own: own, range: range, reason: .movedWithEnd))
      }
    }
    for own in device.table ?? [] where map.layout.partition(named: own.name) == nil {
      // The new layout has no place for it: the copy on the host is all that will be left.
      guard ScatterProtection.isProtected(name: own.name) || request.keep.contains(own.name) else { continue }
      kept.append(Kept(name: own.name, own: own, range: nil, reason: .deviceSpecific))
    }
    return kept
  }

  /// Layouts that overlap must not reach into what is kept.
  private func requireClear(_ kept: [Kept], of steps: [ScatterPlan.Step]) throws(ScatterRefusal) {
    for step in steps {
      let other: (name: String, range: Range<UInt64>)
      switch step.action {
      case .erase(let name, device.storage.userSection, let range): other = (name ?? "", range)
      case .write(let name, [device.storage.userSection], let range?, _): other = (name, range)
      default: continue
      }
      for kept in kept where kept.name != other.name {
        if let range = kept.range, range.overlaps(other.range) { throw .overlap(kept.name, other.name) }
      }
    }
  }

  /// Content that has not moved stays where it is.
  private func restoration(of kept: Kept) throws(ScatterRefusal) -> ScatterPlan.Step? {
    guard let range = kept.range, range != kept.own.range else { return nil }
    let room = range.upperBound - range.lowerBound
    guard room >= kept.own.byteCount else {
      throw .backupDoesNotFit(entry: kept.name, byteCount: kept.own.byteCount, room: room)
    }
    let target = range.lowerBound..<range.lowerBound + kept.own.byteCount
    return ScatterPlan.Step(
      .restore(name: kept.name, section: device.storage.userSection, range: target), because: kept.reason)
  }

  /// The table, where the device has none or another one.
  private func rewrittenTable(_ writes: ScatterWrites) throws(ScatterRefusal) -> ScatterPlan.Step? {
    guard let table, imageWithTable(writes) == nil else { return nil }
    let reason: ScatterPlan.Reason
    if let own = device.table, !own.isEmpty {
      let differences = table.differences(from: own)
      guard !differences.isEmpty || device.isTableDamaged else { return nil }
      reason = differences.isEmpty ? .tableDamaged : .layoutDiffers(differences)
    } else {
      reason = .noTable
    }
    try requireRoom(for: table)
    return ScatterPlan.Step(.writeTable(table), because: reason)
  }

  /// Ranges that are new to their partitions and get no content: what lies there belongs to something else.
  private func erasures(_ written: Set<String>, kept: Set<String>, rewrites: Bool) -> [ScatterPlan.Step] {
    // An empty device has nothing that could lie there.
    guard device.table?.isEmpty == false else { return [] }
    return map.placements.compactMap { placement in
      let partition = placement.partition
      guard placement.sections == [device.storage.userSection], !partition.isTable, partition.role == .partition,
        !written.contains(partition.name), let range = placement.range(inSectionOf: userByteCount), !range.isEmpty
      else { return nil }
      let own = device.partition(named: partition.name)
      let reason: ScatterPlan.Reason
      switch partition.operation.effective(hasFile: partition.fileName != nil) {
      case .reserved: return nil
      case .needResize: reason = .resized
      case .update, .invisible, .protected, .binRegion, .bootloaders:
        guard rewrites, own?.range != range else { return nil }
        reason = .rangeChanged
      }
      guard !partition.isReserved else { return nil }
      // What is written back needs no erasing where it fills its place; what is left around it does.
      if kept.contains(partition.name), own?.byteCount == range.upperBound - range.lowerBound { return nil }
      return ScatterPlan.Step(
        .erase(name: partition.name, section: device.storage.userSection, range: range), because: reason)
    }
  }
}
