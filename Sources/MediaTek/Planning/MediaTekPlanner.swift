import FlashCore
import FlashImages

/// Turns a scatter package into a plan: for a device, or for any that has the package's layout.
///
/// Source: `docs/protocols/mtk-scatter.md` 7.
struct MediaTekPlanner {
  let package: MediaTekPackage
  let request: PlanRequest

  private var mode: ScatterMode { package.mode(request.scatter) }

  // MARK: Without a device

  /// Checks what can be checked beforehand: the files of the layout, where there is but one.
  func examine() throws(MediaTekPlanError) {
    guard package.scatter.layouts.contains(where: { $0.storage != nil }) else {
      throw .refused(.notFlashable, path: package.file.path)
    }
    guard package.scatter.layouts.count == 1 || request.scatter.storage != nil else { return }
    let layout = package.scatter.layouts[try package.layout(for: request.scatter.storage)]
    guard mode != .formatAll, !request.scatter.writesTableOnly else { return }
    _ = try MediaTekImages(package, layout, request, checksChecksums: true)
  }

  /// A plan for whatever device has the package's layout. What else a mode does depends on the device: it is planned as for
  /// an empty one whose size the user said.
  func plan() throws(MediaTekPlanError) -> FlashPlan {
    let layout = package.scatter.layouts[try package.layout(for: request.scatter.storage)]
    guard let storage = layout.storage else { throw .refused(.notFlashable, path: package.file.path) }
    let section = MediaTekSections.name(of: storage.userSection)
    let sectors = request.package.sectorCounts[section] ?? request.package.sectorCounts["user"]
    let stated = sectors?.multipliedReportingOverflow(by: storage.usualSectorByteCount)
    if let stated, !stated.overflow, mode != .downloadOnly {
      return try plan(for: MediaTekPlanDevice(emptyWith: stated.partialValue, storage), isUnresolved: false)
    }
    guard mode == .downloadOnly else { throw .needsDevice(mode, section: section) }
    // As large as no device is: places in the plan are those of the file, counted from start or end.
    let size: UInt64 = 1 << 50
    let map = ScatterMap(layout)
    let table = ScatterTable(map, userByteCount: size)
    return try plan(
      for: MediaTekPlanDevice(emptyWith: size, storage, table: table?.partitions), isUnresolved: true)
  }

  // MARK: For a device

  func plan(for device: MediaTekPlanDevice) throws(MediaTekPlanError) -> FlashPlan {
    try plan(for: device.named(like: package.scatter.chip), isUnresolved: false)
  }

  private func plan(for device: MediaTekPlanDevice, isUnresolved: Bool) throws(MediaTekPlanError) -> FlashPlan {
    let index = try package.layout(for: device.facts.storage)
    let layout = package.scatter.layouts[index]
    let images =
      mode == .formatAll || request.scatter.writesTableOnly
      ? MediaTekImages() : try MediaTekImages(package, layout, request, checksChecksums: isUnresolved)
    let scatterPlan: ScatterPlan
    do throws(ScatterRefusal) {
      scatterPlan = try ScatterPlanner(
        package.scatter, device: device.facts, images: images.facts, request: wishes(images)
      ).plan()
    } catch {
      throw .refused(error, path: package.place(of: error.entry, layout: index))
    }
    var translation = ScatterTranslation(
      file: package.file, layout: index, device: device, images: images, request: request, isUnresolved: isUnresolved)
    var plan = FlashPlan(family: MediaTekFamily.name, model: device.model, descriptors: request.descriptors)
    plan.steps = try translation.steps(of: scatterPlan)
    plan.warnings = PlanWarning.list(scatterPlan, package.file, device, copies: translation.copiesFolder)
    plan.isMadeOnce = scatterPlan.steps.contains { if case .writeTable = $0.action { true } else { false } }
    plan.skipped = skipped(images)
    if scatterPlan.remarks.contains(.tableSame) {
      plan.skipped.append(FlashPlan.Skipped(name: "partition table", byteCount: 0, reason: .unchanged))
    }
    return plan
  }

  /// What the user wants, in the planner's terms.
  private func wishes(_ images: MediaTekImages) -> ScatterPlanRequest {
    var wishes = ScatterPlanRequest(mode)
    let (package, choices) = (request.package, request.scatter)
    if choices.writesTableOnly {
      wishes.only = []
    } else if choices.isMinimal {
      wishes.only = Set(images.images.keys)
    } else if !package.only.isEmpty {
      wishes.only = Set(package.only)
    }
    wishes.skip = Set(package.skip + images.missing.map(\.name))
    wishes.replaced = Set(choices.files.keys)
    wishes.keep = Set(choices.keep)
    wishes.followsDeviceTable = choices.followsDeviceTable
    wishes.allowsProtected = package.allowsProtected
    // Everything is erased, and with it what only this device has: both have their own consent.
    wishes.erasesIdentity = package.allowsProtected && package.allowsFullErase
    wishes.includesBoot = choices.includesBoot
    wishes.erasesWholeChip = choices.erasesWholeChip
    wishes.forcesPlatform = request.isForced
    wishes.allowsAnyLoader = request.isForced
    wishes.allowsOverlap = package.allowsOverlap
    return wishes
  }

  private func skipped(_ images: MediaTekImages) -> [FlashPlan.Skipped] {
    images.missing.map { FlashPlan.Skipped(name: $0.name, byteCount: 0, reason: .missingFile) }
      + images.leftOut.map { FlashPlan.Skipped(name: $0.name, byteCount: $0.byteCount, reason: .notSelected) }
  }
}
