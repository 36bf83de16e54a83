import FlashCore
import FlashImages

/// What a plan for a scatter package has to know of a device.
struct MediaTekPlanDevice: Sendable {
  var facts: ScatterDevice
  /// The table with its ids and attributes; `nil` where there is none.
  var table: GPTTable?
  var model: String?
  /// Names of the chip, `MT6765`; empty where nobody tells.
  var chips: [String] = []
  /// Millivolts; `nil` where the agent does not tell.
  var batteryVoltage: UInt64?

  /// Asks the agent, and reads the partition table.
  init(_ target: MediaTekTarget) async throws {
    let kind = try await target.storageKind()
    let map = try await target.storage()
    var sections: [ScatterSection: UInt64] = [:]
    for section in map.sections {
      guard let name = MediaTekSections.scatterSection(named: section.name, on: kind) else { continue }
      sections[name] = section.byteCount
    }
    let user = map.sections.first
    let tables = kind.hasPartitionTable ? try await target.partitionTables() : nil
    let partitions = tables?.partitions.compactMap { partition -> ScatterDevice.Partition? in
      guard partition.extent.section == user?.name, case .fromStart(let start) = partition.extent.start else {
        return nil
      }
      return ScatterDevice.Partition(name: partition.name, start: start, byteCount: partition.extent.length ?? 0)
    }
    facts = ScatterDevice(
      storage: kind, sections: sections, sectorByteCount: user?.sectorByteCount ?? kind.usualSectorByteCount,
      table: tables?.tables.isEmpty == false ? partitions : nil)
    table = tables?.tables.first?.disk.table
    facts.isTableDamaged = tables?.tables.first?.disk.isDamaged ?? false
    chips = await target.chipNames()
    model = chips.first
    batteryVoltage = await target.batteryVoltage()
  }

  /// An empty device with a user section of that many bytes: what is planned for where none is attached.
  init(emptyWith userByteCount: UInt64, _ storage: ScatterStorage, table: [ScatterDevice.Partition]? = nil) {
    facts = ScatterDevice(
      storage: storage, sections: [storage.userSection: userByteCount],
      sectorByteCount: storage.usualSectorByteCount, table: table)
  }

  /// The same with the chip's name under which a package knows it: a code may stand for several chips.
  func named(like platform: String?) -> MediaTekPlanDevice {
    let digits = chips.map { name in String(name.drop { !$0.isNumber }.prefix { $0.isNumber }) }.filter { !$0.isEmpty }
    var copy = self
    copy.facts.chip = digits.first { $0 == platform } ?? digits.first
    return copy
  }
}

extension GPTDisk {
  /// Whether a copy or the protective MBR is missing, wrong, or elsewhere than it belongs.
  fileprivate var isDamaged: Bool {
    findings.contains { finding in
      switch finding {
      case .primaryDamaged, .backupDamaged, .copiesDiffer, .backupElsewhere, .alternateElsewhere, .noProtectiveMBR: true
      default: false
      }
    }
  }
}

extension MediaTekSections {
  /// What storage is divided so.
  static func kind(of map: StorageMap) -> ScatterStorage? {
    if map["lun2"] != nil { return .ufs }
    guard let user = map.sections.first else { return nil }
    return user.kind == .nand ? .nand : .emmc
  }

  /// What scatter files call a section; `nil` for one that they have no name for.
  static func scatterSection(named name: String, on storage: ScatterStorage) -> ScatterSection? {
    switch storage {
    case .emmc, .sdmmc: ScatterSection(rawValue: name)
    case .ufs: name.hasPrefix("lun") ? ScatterSection(rawValue: String(name.dropFirst(3))) : nil
    case .nand: name == "user" ? .nand : nil
    case .nor: name == "user" ? .nor : nil
    }
  }

  /// What a section of a scatter file is called here.
  static func name(of section: ScatterSection) -> String {
    switch section {
    case .lun0, .lun1, .lun2: "lun" + section.rawValue
    case .nand, .nor: "user"
    default: section.rawValue
    }
  }
}
