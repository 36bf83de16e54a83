import FlashImages
import WireFormat

/// What agents find in the storage, and what they leave alone. Source: `docs/protocols/mtk-scatter.md` 11.
extension MediaTekStorage {
  /// The section with the partitions.
  var userIndex: Int? { sections.firstIndex { $0.name == "user" || $0.name == "lun2" } }

  /// The storage as an agent sees it that is started now.
  func inSession() -> MediaTekStorage {
    var copy = self
    if settings.tableReload == .onNextSession { copy.tableAtStart = .some(storedTable) }
    return copy
  }

  /// The partition table that names are looked up in; `nil` where there is no valid one.
  var table: GPTTable? { tableAtStart ?? storedTable }

  private var storedTable: GPTTable? {
    guard let number = userIndex else { return nil }
    let section = sections[number]
    return (try? GPTDisk(reading: section.file, sectorByteCount: section.sectorByteCount))?.table
  }

  /// Zeros wherever something is stored; of NAND FF everywhere.
  func erase(_ range: Range<UInt64>, of section: Int) throws(SimulatorError) {
    let file = sections[section].file
    let isNAND = layout.kind == .nand
    let blank = [UInt8](repeating: isNAND ? 0xFF : 0, count: 1 << 20)
    var position = range.lowerBound
    while position < range.upperBound {
      // What has never been stored is zeros already.
      if !isNAND { position = file.nextStored(from: position, limit: range.upperBound) }
      let count = Int(min(UInt64(blank.count), range.upperBound - position))
      let span = blank.rawSpan
      if count > 0 { try file.write(span.extracting(0..<count), at: position) }
      position += UInt64(count)
    }
  }

  /// Whether a name means something beside the table, but not to this agent.
  func lacks(extraName name: String) -> Bool {
    ExtraNamesValue.all.contains(name) && !settings.extraNames.names.contains(name)
  }

  /// What a stretch that is never changed is called: RPMB, or what is reserved.
  func reserve(touchedBy range: Range<UInt64>, in section: Int) -> String? {
    if isRPMB(section) { return "rpmb" }
    guard let reserved = reservedRange(in: section), !range.isEmpty else { return nil }
    return range.overlaps(reserved) ? "reserved" : nil
  }

  /// How much of a stretch can be written: what lies before the reserved bytes, if it begins there.
  func room(from offset: UInt64, byteCount: UInt64, in section: Int) -> UInt64 {
    guard let reserved = reservedRange(in: section), offset < reserved.lowerBound else { return byteCount }
    return min(byteCount, reserved.lowerBound - offset)
  }

  /// Behind it is the backup table, which hosts have to write.
  private func reservedRange(in section: Int) -> Range<UInt64>? {
    guard section == userIndex, settings.reserved.value > 0 else { return nil }
    let size = sections[section].byteCount
    let end = size - min(size, backupTableByteCount(of: sections[section]))
    return end - min(end, settings.reserved.value)..<end
  }

  private func isRPMB(_ section: Int) -> Bool {
    sections.indices.contains(section) && ["rpmb", "lun3"].contains(sections[section].name)
  }

  /// 128 entries and the header behind them.
  private func backupTableByteCount(of section: Section) -> UInt64 { 0x4000 + UInt64(section.sectorByteCount) }
}
