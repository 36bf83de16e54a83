import WireFormat

/// The descriptors of a backup, in the attribute order of the common generator.
extension BackupPackage {
  func rawprogram(_ section: Section) -> [UInt8] {
    let pieces = pieces.filter { $0.section == section.number }
    return text("data", pieces.flatMap { [Self.erase($0), Self.program($0)].compactMap(\.self) })
  }

  /// Raw flash is erased before it is written.
  private static func erase(_ piece: Piece) -> XMLElement? {
    guard let pages = piece.pagesPerBlock, !piece.fileName.isEmpty else { return nil }
    return XMLElement(
      "erase",
      attributes: [
        XMLAttribute("PAGES_PER_BLOCK", String(pages)),
        XMLAttribute("SECTOR_SIZE_IN_BYTES", String(piece.sectorByteCount)), XMLAttribute("label", piece.label),
        XMLAttribute("num_partition_sectors", String(piece.sectorCount)),
        XMLAttribute("physical_partition_number", String(piece.section)),
        XMLAttribute("start_sector", String(piece.startSector)),
      ])
  }

  private static func program(_ piece: Piece) -> XMLElement {
    let isTable = piece.kind == .primaryTable || piece.kind == .backupTable
    let bytes = piece.sectorCount.multipliedReportingOverflow(by: piece.sectorByteCount).partialValue
    var start = String(piece.startSector)
    var startByte =
      "0x" + String(piece.startSector.multipliedReportingOverflow(by: piece.sectorByteCount).partialValue, radix: 16)
    if piece.kind == .backupTable {
      start = DiskExpression.fromEnd(piece.sectorCount).text
      startByte = "(\(piece.sectorByteCount)*NUM_DISK_SECTORS)-\(bytes)."
    }
    var flash: [XMLAttribute] = []
    if let pages = piece.pagesPerBlock, piece.sectorCount > 0 {
      flash = [
        XMLAttribute("PAGES_PER_BLOCK", String(pages)),
        XMLAttribute("last_sector", String(piece.startSector + piece.sectorCount - 1)),
      ]
    }
    return XMLElement(
      "program",
      attributes: flash + [
        XMLAttribute("SECTOR_SIZE_IN_BYTES", String(piece.sectorByteCount)), XMLAttribute("file_sector_offset", "0"),
        XMLAttribute("filename", piece.fileName), XMLAttribute("label", piece.label),
        XMLAttribute("num_partition_sectors", String(piece.sectorCount)),
        XMLAttribute("partofsingleimage", isTable ? "true" : "false"),
        XMLAttribute("physical_partition_number", String(piece.section)), XMLAttribute("readbackverify", "false"),
        XMLAttribute("size_in_KB", kilobytes(bytes)), XMLAttribute("sparse", "false"),
        XMLAttribute("start_byte_hex", startByte), XMLAttribute("start_sector", start),
      ])
  }

  /// `1024.0`: one decimal place, as everybody writes it.
  private static func kilobytes(_ bytes: UInt64) -> String {
    let tenths = bytes / 1024 * 10 + (bytes % 1024 * 10 + 512) / 1024
    return "\(tenths / 10).\(tenths % 10)"
  }

  /// What must be said anew when the disk has another size: the rows of section 6.3 for the disk itself.
  func patch(_ section: Section) -> [UInt8] {
    guard let table = section.table else { return text("patches", []) }
    let layout = BackupLayout(section)
    let patches = BackupPatches(
      section: section, primarySectorCount: layout.primarySectorCount, backupSectorCount: layout.backupSectorCount,
      arrayByteCount: table.entries.count * table.entryByteCount)
    return text("patches", patches.elements(table, growing: layout.growingIndex))
  }

  private func text(_ root: String, _ elements: [XMLElement]) -> [UInt8] {
    var writer = XMLWriter()
    writer.open(root)
    writer.newline()
    for element in elements {
      writer.element(element)
      writer.newline()
    }
    writer.close(root)
    writer.newline()
    return Array("<?xml version=\"1.0\" ?>\n<!-- \(comment) -->\n".utf8) + Array(writer.text.utf8)
  }
}

/// The patches that fit a table to another disk. Source: `docs/protocols/qualcomm-packages.md` 6.3.
private struct BackupPatches {
  let section: BackupPackage.Section
  let primarySectorCount: UInt64
  let backupSectorCount: UInt64
  let arrayByteCount: Int

  func elements(_ table: GPTTable, growing: Int?) -> [XMLElement] {
    let size = section.sectorByteCount
    let backup = backupSectorCount
    let end = DiskExpression.fromEnd(1).text
    let lastUsable = DiskExpression.fromEnd(backup + 1).text
    var elements: [XMLElement] = []
    if let growing {
      let offset = UInt64(growing * table.entryByteCount)
      let place = (sector: offset / size, byte: offset % size + 40)
      let what = "Update last partition \(growing + 1) with the disk's size"
      elements.append(
        patch(String(table.primaryArrayLBA + place.sector), place.byte, 8, lastUsable, what + " (primary)"))
      elements.append(
        patch(DiskExpression.fromEnd(backup - place.sector).text, place.byte, 8, lastUsable, what + " (backup)"))
    }
    elements += [
      patch("1", 48, 8, lastUsable, "Update primary header with the last usable LBA"),
      patch(end, 48, 8, lastUsable, "Update backup header with the last usable LBA"),
      patch("1", 32, 8, end, "Update primary header with the backup's LBA"),
      patch(end, 24, 8, end, "Update backup header with its own LBA"),
      patch(end, 72, 8, DiskExpression.fromEnd(backup).text, "Update backup header with its array's LBA"),
      patch("1", 88, 4, "CRC32(\(table.primaryArrayLBA),\(arrayByteCount))", "Update primary array's CRC"),
      patch(end, 88, 4, "CRC32(\(DiskExpression.fromEnd(backup).text),\(arrayByteCount))", "Update backup array's CRC"),
      patch("1", 16, 4, "0", "Zero primary header's CRC"),
      patch("1", 16, 4, "CRC32(1,92)", "Update primary header's CRC"),
      patch(end, 16, 4, "0", "Zero backup header's CRC"),
      patch(end, 16, 4, "CRC32(\(end),92)", "Update backup header's CRC"),
    ]
    return elements
  }

  private func patch(_ start: String, _ offset: UInt64, _ count: Int, _ value: String, _ what: String) -> XMLElement {
    XMLElement(
      "patch",
      attributes: [
        XMLAttribute("SECTOR_SIZE_IN_BYTES", String(section.sectorByteCount)),
        XMLAttribute("byte_offset", String(offset)),
        XMLAttribute("filename", "DISK"), XMLAttribute("physical_partition_number", String(section.number)),
        XMLAttribute("size_in_bytes", String(count)), XMLAttribute("start_sector", start),
        XMLAttribute("value", value), XMLAttribute("what", what),
      ])
  }
}
