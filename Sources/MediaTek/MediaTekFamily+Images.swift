public import FlashCore
import FlashImages

/// What flashing a scatter package onto an empty device would leave, as a plan for disk images.
public struct ScatterImagePlan: Sendable {
  public let plan: FlashPlan
  /// Bytes of a sector, in all sections.
  public let sectorByteCount: UInt64
}

extension MediaTekFamily {
  /// Plans for disk images in place of a device: the partition table, the files, and boot sections with a header that is
  /// made here.
  ///
  /// The size of the user section is the request's, in sectors, or what `byteCount` knows of a section. `nil` for descriptors
  /// that are none of the family's. Throws `MediaTekPlanError`. Source: `docs/protocols/mtk-scatter.md` 12.
  public func imagePlan(
    _ request: PlanRequest, byteCount: (_ section: String) -> UInt64?
  ) throws -> ScatterImagePlan? {
    guard let package = try MediaTekPackage(request) else { return nil }
    var request = request
    request.scatter.mode = .firmwareUpgrade
    request.scatter.writesRawPreloader = true
    request.reboots = false
    let layout = package.scatter.layouts[try package.layout(for: request.scatter.storage)]
    guard let storage = layout.storage else {
      throw MediaTekPlanError.refused(.notFlashable, path: package.file.path)
    }
    let section = MediaTekSections.name(of: storage.userSection)
    let unit = storage.usualSectorByteCount
    if request.package.sectorCounts[section] == nil {
      guard let known = byteCount(section) else { throw MediaTekPlanError.needsSectionSize(section) }
      request.package.sectorCounts[section] = known / unit
    }
    return ScatterImagePlan(
      plan: try MediaTekPlanner(package: package, request: request).plan(), sectorByteCount: unit)
  }
}
