extension FlashPlan {
  /// The attribute of a step whose descriptor counts in sectors: how many bytes it takes one to have.
  public static let sectorSizeAttribute = "SECTOR_SIZE_IN_BYTES"
}

extension PlanCheck {
  /// Numbers of a descriptor that were made for other sectors mean other places on this device.
  func checkSectorSize(of step: FlashPlan.Step) async throws {
    let (sectionName, attributes): (String, [String: String])
    switch step {
    case .write(let write): (sectionName, attributes) = (write.extent.section, write.attributes)
    case .erase(let erase): (sectionName, attributes) = (erase.extent.section, erase.attributes)
    case .zero(let zero): (sectionName, attributes) = (zero.extent.section, zero.attributes)
    case .patch(let patch): (sectionName, attributes) = (patch.section, patch.attributes)
    case .save, .configure, .makeBootable, .reboot: return
    }
    guard let planned = attributes[FlashPlan.sectorSizeAttribute].flatMap({ UInt64($0) }) else { return }
    let section = try await target.section(sectionName)
    guard section.sectorByteCount == planned else {
      throw PlanError.otherSectorSize(
        name: step.name, section: section.name, planned: planned, sectorByteCount: section.sectorByteCount)
    }
  }
}
