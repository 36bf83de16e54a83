/// Turns a layout, a mode and facts about a device into an ordered list of steps, or into the reason why not.
///
/// ```swift
/// let planner = try ScatterPlanner(file.scatter, device: device, images: images, request: .init(.downloadOnly))
/// let plan = try planner.plan()
/// ```
///
/// Nothing is read or written. Source: `docs/protocols/mtk-scatter.md` 7.
public struct ScatterPlanner: Sendable {
  let scatter: Scatter
  let map: ScatterMap
  let device: ScatterDevice
  let images: [String: ScatterImage]
  let request: ScatterPlanRequest
  /// The table that the layout asks for; `nil` for storage without one, and for layouts with boot records of their own.
  let table: ScatterTable?
  /// Bytes of the section that holds most.
  let userByteCount: UInt64
  private(set) var remarks: [ScatterPlan.Remark] = []

  /// `images` are those of all entries whose file is there, by the entry's name.
  public init(
    _ scatter: Scatter, device: ScatterDevice, images: [String: ScatterImage], request: ScatterPlanRequest
  ) throws(ScatterRefusal) {
    guard scatter.layouts.contains(where: { $0.storage != nil }) else { throw .notFlashable }
    guard let layout = scatter.layout(for: device.storage) else {
      throw .noLayout(device.storage, has: scatter.layouts.compactMap(\.storage))
    }
    guard let user = device.userByteCount else { throw .sectionUnknown(device.storage.userSection) }
    self.scatter = scatter
    self.device = device
    self.images = images
    self.request = request
    userByteCount = user
    map = ScatterMap(layout, sectorByteCount: device.sectorByteCount)
    table = try Self.table(of: map, device: device, userByteCount: user)
    remarks = try Self.comparePlatforms(scatter, device, isForced: request.forcesPlatform)
    for name in (request.only ?? []).union(request.skip).union(request.replaced).sorted()
    where layout.partition(named: name) == nil {
      throw .unknownEntry(name)
    }
  }

  private static func table(
    of map: ScatterMap, device: ScatterDevice, userByteCount: UInt64
  ) throws(ScatterRefusal) -> ScatterTable? {
    guard device.storage.hasPartitionTable, map.layout.partition(named: "MBR") == nil else { return nil }
    if let table = ScatterTable(map, userByteCount: userByteCount) { return table }
    let outside = map.placements.first { placement in
      placement.sections == [device.storage.userSection] && !placement.partition.isTable
        && placement.range(inSectionOf: userByteCount) == nil
    }
    throw .outsideSection(outside?.partition.name ?? "")
  }

  private static func comparePlatforms(
    _ scatter: Scatter, _ device: ScatterDevice, isForced: Bool
  ) throws(ScatterRefusal) -> [ScatterPlan.Remark] {
    guard let own = device.chip, let stated = scatter.chip else { return [] }
    guard own == stated else {
      guard isForced else { throw .otherPlatform(scatter: scatter.platform, device: "MT" + own) }
      return [.otherPlatform(scatter: scatter.platform, device: "MT" + own)]
    }
    return scatter.platform.dropFirst(2).count > stated.count ? [.variant(scatter.platform)] : []
  }

  /// The steps, in the order in which they have to be done.
  public func plan() throws(ScatterRefusal) -> ScatterPlan {
    let writes = try request.mode == .formatAll ? ScatterWrites(steps: [], remarks: []) : selectedWrites()
    let steps: [ScatterPlan.Step]
    switch request.mode {
    case .downloadOnly: steps = try downloadOnly(writes)
    case .firmwareUpgrade: steps = try firmwareUpgrade(writes)
    case .formatAllAndDownload, .formatAll: steps = try formatAll(writes)
    }
    let lost = steps.compactMap { step -> ScatterPlan.Remark? in
      guard case .backUp(let name, _, _) = step.action, map.layout.partition(named: name) == nil else { return nil }
      return .withoutPlace(name)
    }
    return ScatterPlan(
      mode: request.mode, steps: steps, remarks: remarks + writes.remarks + tableRemarks(writes) + lost)
  }

  /// Whether no entry is wanted, but the table alone.
  var hasTableOnly: Bool { request.only?.isEmpty == true }

  private func tableRemarks(_ writes: ScatterWrites) -> [ScatterPlan.Remark] {
    let isKept = request.mode == .downloadOnly || request.mode == .firmwareUpgrade && imageWithTable(writes) != nil
    let damage: [ScatterPlan.Remark] = isKept && device.isTableDamaged ? [.tableDamaged] : []
    return damage + layoutRemarks(writes)
  }

  private func layoutRemarks(_ writes: ScatterWrites) -> [ScatterPlan.Remark] {
    if request.mode == .firmwareUpgrade, hasTableOnly, table != nil, device.table?.isEmpty == false,
      differences.isEmpty,
      !device.isTableDamaged
    {
      return [.tableSame]
    }
    if request.mode == .downloadOnly, !differences.isEmpty {
      return [request.followsDeviceTable ? .byDeviceTable(differences) : .differsElsewhere(differences)]
    }
    return imageWithTable(writes).map { [.imageBringsTable($0)] } ?? []
  }

  /// How the device's table differs from the layout's; empty where there is nothing to compare.
  var differences: [ScatterTable.Difference] {
    guard let table, let own = device.table else { return [] }
    return table.differences(from: own)
  }

  /// Whether the user named the entries to write, and those lie on the device where the layout has them. The one that takes
  /// the rest may end elsewhere. Source: `docs/protocols/mtk-scatter.md` 12.
  private func concernsNone(of writes: ScatterWrites) -> Bool {
    guard request.only != nil else { return false }
    let names = writes.names
    return !names.contains { $0 == table?.growing } && !differences.contains { names.contains($0.name) }
  }

  // MARK: Download only

  private func downloadOnly(_ writes: ScatterWrites) throws(ScatterRefusal) -> [ScatterPlan.Step] {
    guard !writes.steps.isEmpty else { throw .nothingSelected }
    if table != nil {
      guard let own = device.table, !own.isEmpty else { throw .noTable }
      let differences = differences
      guard differences.isEmpty || request.followsDeviceTable || concernsNone(of: writes) else {
        throw .layoutDiffers(differences)
      }
    }
    return backupsOfReplaced(writes) + writes.steps
  }

  /// Copies of what only this device has, before files replace it.
  func backupsOfReplaced(_ writes: ScatterWrites) -> [ScatterPlan.Step] {
    writes.steps.compactMap { step in
      guard case .write(let name, _, _, _) = step.action, let partition = map.layout.partition(named: name),
        ScatterProtection.isProtected(partition), let own = device.partition(named: name)
      else { return nil }
      return ScatterPlan.Step(
        .backUp(name: name, section: device.storage.userSection, range: own.range), because: .aboutToBeReplaced)
    }
  }

  // MARK: Format

  private func formatAll(_ writes: ScatterWrites) throws(ScatterRefusal) -> [ScatterPlan.Step] {
    guard request.erasesIdentity else { throw .losesIdentity(identityNames) }
    var steps = erasures()
    guard request.mode == .formatAllAndDownload else {
      if request.includesBoot { steps += bootErasures() }
      return steps
    }
    let hasPreloader = writes.steps.contains { step in
      guard case .write(let name, _, _, _) = step.action else { return false }
      return map.layout.partition(named: name)?.role == .preloader
    }
    guard hasPreloader else { throw .needsPreloader }
    if let table, imageWithTable(writes) == nil {
      try requireRoom(for: table)
      steps.append(ScatterPlan.Step(.writeTable(table), because: .formatted))
    }
    return steps + writes.steps
  }

  /// What gets lost: of the device's table and of the layout.
  private var identityNames: [String] {
    let named = map.layout.partitions.filter(ScatterProtection.isProtected).map(\.name)
    let own = (device.table ?? []).map(\.name).filter { ScatterProtection.isProtected(name: $0) && !named.contains($0) }
    return named + own
  }

  private func erasures() -> [ScatterPlan.Step] {
    let section = device.storage.userSection
    func erase(_ name: String?, _ range: Range<UInt64>) -> ScatterPlan.Step {
      ScatterPlan.Step(.erase(name: name, section: section, range: range), because: .formatted)
    }
    guard !request.erasesWholeChip else { return [erase(nil, 0..<userByteCount)] }
    let reserved = map.placements.compactMap { placement -> UInt64? in
      guard placement.sections == [section], placement.partition.isReserved || placement.partition.isTable,
        placement.partition.role != .primaryTable
      else { return nil }
      return placement.first(inSectionOf: userByteCount)
    }
    let tail = device.storage.hasPartitionTable ? min(backupTableByteCount, userByteCount) : 0
    let end = min(reserved.min() ?? .max, userByteCount - tail)
    var steps = [erase(nil, 0..<end)]
    if table != nil, tail > 0 { steps.append(erase("sgpt", userByteCount - tail..<userByteCount)) }
    return steps
  }

  private var backupTableByteCount: UInt64 {
    ScatterMap.backupTableByteCount(sectorByteCount: device.sectorByteCount)
  }

  private func bootErasures() -> [ScatterPlan.Step] {
    device.storage.bootSections.filter { $0 != device.storage.userSection }.compactMap { section in
      device.sections[section].map { size in
        ScatterPlan.Step(.erase(name: nil, section: section, range: 0..<size), because: .formatted)
      }
    }
  }
}
