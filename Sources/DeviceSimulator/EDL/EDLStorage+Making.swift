import FlashImages
import SystemPackage
import WireFormat

extension EDLStorage {
  /// What a device's storage is made of.
  struct Plan: Sendable {
    var name: String
    var layout: EDLLayout
    var sectorByteCount: Int
    var pagesPerBlock: UInt64
  }

  /// Opens the sections in a folder, as `lunN.img` (`slotS-lunN.img` behind the first slot), and makes those that are
  /// missing; without a folder they go away with the device.
  ///
  /// Where the folder says that the storage has been provisioned, it has the units of that, and no others.
  init(_ plan: Plan, folder: FilePath?) throws(SimulatorError) {
    if let folder { try StorageFolder.create(folder) }
    state = EDLStorageState(folder: folder)
    sections = []
    for description in state.provisioned.map(plan.layout.provisioned) ?? plan.layout.sections {
      let file: SectionFile
      if let folder {
        file = try SectionFile(
          path: folder.appending(Self.fileName(description.number, slot: description.slot)),
          byteCount: description.byteCount)
      } else {
        file = try SectionFile(temporary: description.byteCount)
      }
      let section = Section(
        number: description.number, slot: description.slot, sectorByteCount: plan.sectorByteCount, file: file)
      if file.isNew { try Self.fill(section, with: description.content, plan) }
      sections.append(section)
    }
    // What was committed before the device was turned off counts from now on.
    try provision(sectorByteCount: plan.sectorByteCount)
  }

  private static func fileName(_ number: Int, slot: Int) -> String {
    slot == 0 ? "lun\(number).img" : "slot\(slot)-lun\(number).img"
  }

  private static func fill(_ section: Section, with content: EDLLayout.Content, _ plan: Plan) throws(SimulatorError) {
    switch content {
    case .none: return
    case .mibib(let partitions):
      try NANDTable(
        partitions: partitions, pageByteCount: UInt64(section.sectorByteCount), pagesPerBlock: plan.pagesPerBlock,
        pageCount: section.sectorCount
      ).write(to: section.file)
    case .partitions(let partitions):
      let builder = GPTBuilder(
        sectorByteCount: section.sectorByteCount, sectorCount: section.sectorCount,
        name: plan.name + " " + Self.fileName(section.number, slot: section.slot))
      let entries = EDLLayout.Section.entries(
        of: partitions, sectorByteCount: section.sectorByteCount, sectorCount: section.sectorCount)
      // A section that is too small for any table stays empty.
      guard let writes = try? builder.writes(of: entries) else { return }
      for write in writes {
        try section.file.write(write.bytes.rawSpan, at: write.lba * UInt64(section.sectorByteCount))
      }
    }
  }

  /// Gives the first storage device the units that provisioning has asked for: all empty. Without any, nothing changes.
  mutating func provision(sectorByteCount: Int) throws(SimulatorError) {
    let units = state.units.filter { $0.isEnabled && $0.kibibyteCount > 0 }
    guard !units.isEmpty else { return }
    let folder = state.folder
    var provisioned: [Section] = []
    for unit in units {
      let byteCount = unit.kibibyteCount << 10
      let file: SectionFile
      if let folder {
        file = try SectionFile(
          path: folder.appending(Self.fileName(unit.number, slot: 0)), byteCount: byteCount, recreates: true)
      } else {
        file = try SectionFile(temporary: byteCount)
      }
      provisioned.append(Section(number: unit.number, sectorByteCount: sectorByteCount, file: file))
    }
    if let folder {
      let kept = Set(provisioned.map(\.number))
      for section in sections(inSlot: 0) where !kept.contains(section.number) {
        StorageFolder.remove(folder.appending(Self.fileName(section.number, slot: 0)))
      }
    }
    sections = provisioned + sections.filter { $0.slot != 0 }
    state.provisioned = units
    state.units = []
    try state.record()
  }
}

extension EDLLayout {
  /// The sections that provisioning has made of the first storage device: empty where nothing is stored yet.
  fileprivate func provisioned(_ units: [EDLStorageState.Unit]) -> [Section] {
    let made = units.filter { $0.isEnabled && $0.kibibyteCount > 0 }
    return made.map { Section(number: $0.number, byteCount: $0.kibibyteCount << 10, content: .none) }
      + sections.filter { $0.slot != 0 }
  }
}
