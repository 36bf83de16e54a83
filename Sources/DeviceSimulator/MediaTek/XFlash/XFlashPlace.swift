import FlashImages
import MediaTek
import WireFormat

/// A status in place of what was asked for.
struct XFlashRefusal: Error, Equatable, Sendable {
  var status: XFlashStatus

  init(_ status: XFlashStatus) { self.status = status }
}

/// A stretch of a simulated device's storage, found by number or by name.
struct XFlashPlace: Equatable, Sendable {
  /// Which of the storage's sections.
  var section: Int
  var offset: UInt64
  var byteCount: UInt64
  /// Bytes that stand before what is written by name: the header of a boot section.
  var isBootLoader = false
}

extension MediaTekStorage {
  /// What extents of this storage are addressed with.
  func storageType(_ kind: MediaTekLayout.Kind) -> XFlashStorageType {
    switch kind {
    case .emmc: .emmc
    case .ufs: .ufs
    case .nand: .nand
    }
  }

  /// The stretch of an extent, or what is wrong with it.
  func place(_ extent: XFlashExtent, kind: MediaTekLayout.Kind) throws(XFlashRefusal) -> XFlashPlace {
    let type = storageType(kind)
    guard extent.type == type else { throw XFlashRefusal(XFlashStatus(rawValue: 0xC004_0009)) }
    guard let name = extent.section.name(of: type), let index = sections.firstIndex(where: { $0.name == name }) else {
      throw XFlashRefusal(.rangeExceeded)
    }
    let (end, overflows) = extent.start.addingReportingOverflow(extent.length)
    guard !overflows, end <= sections[index].byteCount else { throw XFlashRefusal(.rangeExceeded) }
    return XFlashPlace(section: index, offset: extent.start, byteCount: extent.length)
  }

  /// The stretch of a partition of the table, or of what agents call by a name beside it.
  func place(named name: String) throws(XFlashRefusal) -> XFlashPlace {
    guard let user = userIndex else { throw XFlashRefusal(.partitionNotFound) }
    let size = sections[user].byteCount
    let unit = UInt64(sections[user].sectorByteCount)
    switch name {
    case _ where layout.kind == .nand: throw XFlashRefusal(.partitionNotFound)
    case _ where lacks(extraName: name): throw XFlashRefusal(.partitionNotFound)
    case "PGPT":
      return XFlashPlace(section: user, offset: 0, byteCount: min(size, 0x8000))
    case "SGPT":
      // The entries and the header behind them.
      let length = min(size, 0x4000 + unit)
      return XFlashPlace(section: user, offset: size - length, byteCount: length)
    case "preloader", "preloader_backup":
      let number = name == "preloader" ? 0 : 1
      let boots = sections.indices.filter { ["boot1", "boot2", "lun0", "lun1"].contains(sections[$0].name) }
      guard boots.indices.contains(number) else { throw XFlashRefusal(.partitionNotFound) }
      return XFlashPlace(
        section: boots[number], offset: 0, byteCount: sections[boots[number]].byteCount, isBootLoader: true)
    default: return try partition(name, in: user)
    }
  }

  private func partition(_ name: String, in user: Int) throws(XFlashRefusal) -> XFlashPlace {
    let section = sections[user]
    guard let table else { throw XFlashRefusal(.invalidTable) }
    guard let entry = table.partitions.first(where: { $0.entry.name == name })?.entry else {
      throw XFlashRefusal(.partitionNotFound)
    }
    let unit = UInt64(section.sectorByteCount)
    let (start, overflows) = entry.firstLBA.multipliedReportingOverflow(by: unit)
    guard !overflows, entry.lastLBA >= entry.firstLBA, entry.lastLBA < section.sectorCount else {
      throw XFlashRefusal(.invalidTable)
    }
    return XFlashPlace(section: user, offset: start, byteCount: (entry.lastLBA - entry.firstLBA + 1) * unit)
  }

  /// The names of the partitions that lie in a stretch.
  func partitions(in place: XFlashPlace) -> [String] {
    guard place.section == userIndex, let table else { return [] }
    let unit = UInt64(sections[place.section].sectorByteCount)
    return table.partitions.compactMap { partition in
      let (start, overflows) = partition.entry.firstLBA.multipliedReportingOverflow(by: unit)
      let (end, overflowsToo) = partition.entry.lastLBA.multipliedReportingOverflow(by: unit)
      guard !overflows, !overflowsToo, start < place.offset + place.byteCount, end >= place.offset else { return nil }
      return partition.entry.name
    }
  }
}
