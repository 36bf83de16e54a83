import FlashImages
import SystemPackage
import WireFormat

/// The storage of a simulated MediaTek device: sections by name, `user`, `boot1`, `boot2`, `rpmb` of an eMMC, `lun0`, … of
/// UFS.
///
/// Each is a file of its own in the device's folder, `NAME.img`, raw content from byte 0; without a folder they go away
/// with the device. Sections with partitions get a GUID partition table.
struct MediaTekStorage: Sendable {
  struct Section: Sendable {
    var name: String
    var sectorByteCount: Int
    var file: SectionFile

    var byteCount: UInt64 { file.byteCount }
    var sectorCount: UInt64 { file.byteCount / UInt64(sectorByteCount) }
  }

  var sections: [Section]
  let layout: MediaTekLayout
  let settings: MediaTekStorageSettings
  /// What an agent goes by that does not look again: the table of its start, if there was one.
  var tableAtStart: GPTTable??

  subscript(name: String) -> Section? { sections.first { $0.name == name } }

  /// Opens the sections, and makes those that are missing.
  init(
    _ layout: MediaTekLayout, name: String, folder: FilePath?,
    settings: MediaTekStorageSettings = MediaTekStorageSettings(), quirks: MediaTekTableQuirks = MediaTekTableQuirks()
  ) throws(SimulatorError) {
    self.layout = layout
    self.settings = settings
    if let folder { try StorageFolder.create(folder) }
    sections = []
    for description in layout.sections {
      let file: SectionFile
      if let folder {
        file = try SectionFile(path: folder.appending(description.name + ".img"), byteCount: description.byteCount)
      } else {
        file = try SectionFile(temporary: description.byteCount)
      }
      let section = Section(name: description.name, sectorByteCount: layout.sectorByteCount, file: file)
      if file.isNew { try Self.fill(section, with: description.partitions, seed: name, quirks) }
      sections.append(section)
    }
  }

  private static func fill(
    _ section: Section, with partitions: [EDLLayout.Partition], seed: String, _ quirks: MediaTekTableQuirks
  ) throws(SimulatorError) {
    guard !partitions.isEmpty else { return }
    let table = MediaTekTable(
      partitions, sectorByteCount: section.sectorByteCount, byteCount: section.byteCount,
      name: seed + " " + section.name, quirks: quirks)
    // A section that is too small for any table stays empty.
    for write in table.writes {
      try section.file.write(write.bytes.rawSpan, at: write.lba * UInt64(section.sectorByteCount))
    }
  }
}

/// What is in the sections of an imitated MediaTek device before anything has been flashed: data, not code.
struct MediaTekLayout: Sendable {
  enum Kind: String, KnobValue, CaseIterable {
    case emmc
    case ufs
    case nand
  }

  struct Section: Sendable {
    var name: String
    var byteCount: UInt64
    /// Empty where the section has no table.
    var partitions: [EDLLayout.Partition] = []
  }

  var kind: Kind
  var sectorByteCount: Int
  /// What the storage is called by who asks it: the CID of an eMMC, 16 bytes; the product name of UFS.
  var identity: [UInt8]
  var sections: [Section]

  /// The section with the partitions, and the first of those that boot.
  var userSection: Section? { sections.first { !$0.partitions.isEmpty } ?? sections.first { $0.name == "user" } }
  var bootSection: Section? { sections.first { $0.partitions.isEmpty && $0.name != "user" } }

  /// The sections with other sizes where those were asked for, in whole sectors.
  func resized(_ sizes: [String: UInt64]) -> MediaTekLayout {
    var result = self
    for index in result.sections.indices {
      guard let size = sizes[result.sections[index].name] else { continue }
      result.sections[index].byteCount = size / UInt64(sectorByteCount) * UInt64(sectorByteCount)
    }
    return result
  }
}

/// The partition table of a section, as the device is made with it.
struct MediaTekTable {
  private let builder: GPTBuilder
  private let entries: [GPTBuilder.Partition]
  private let quirks: MediaTekTableQuirks

  init(
    _ partitions: [EDLLayout.Partition], sectorByteCount: Int, byteCount: UInt64, name: String,
    quirks: MediaTekTableQuirks = MediaTekTableQuirks()
  ) {
    self.quirks = quirks
    let sectorCount = byteCount / UInt64(sectorByteCount)
    // Partitions begin at multiples of 512 KiB, as on real ones.
    builder = GPTBuilder(
      sectorByteCount: sectorByteCount, sectorCount: sectorCount, name: name,
      entryCount: quirks.entryCount, alignment: UInt64((512 << 10) / sectorByteCount))
    entries = EDLLayout.Section.entries(
      of: quirks.kept(partitions), sectorByteCount: sectorByteCount, sectorCount: sectorCount)
  }

  /// Empty where the section is too small.
  var writes: [GPTWrite] {
    guard var table = try? builder.table(of: entries) else { return [] }
    quirks.apply(to: &table)
    let count = builder.sectorCount
    let writes = try? table.layout(sectorCount: count, protectiveMBR: MBR.protective(sectorCount: count))
    return (writes ?? []).filter(quirks.keeps)
  }

  /// Where the partitions lie, in bytes.
  var places: [(name: String, start: UInt64, byteCount: UInt64)] {
    guard let table = try? builder.table(of: entries) else { return [] }
    let unit = UInt64(builder.sectorByteCount)
    return zip(entries, table.entries).map { partition, entry in
      (partition.name, entry.firstLBA * unit, (entry.lastLBA - entry.firstLBA + 1) * unit)
    }
  }
}
