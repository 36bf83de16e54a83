import FlashImages

/// Shows partition tables on the console.
struct GPTReport {
  let path: String
  let console: Console

  func show(_ disk: GPTDisk) {
    let table = disk.table
    console.result(
      "\(path): GUID partition table, \(disk.sectorCount) sectors of \(disk.sectorByteCount) bytes, "
        + "disk \(table.diskGUID)")
    console.result(
      "  usable sectors \(table.firstUsableLBA) to \(table.lastUsableLBA), primary \(Self.word(disk.primary)), "
        + "backup \(Self.word(disk.backup))")
    let slots = GPTSlots([table])
    event(
      table, kind: "disk", sectors: disk.sectorCount, primary: Self.word(disk.primary),
      backup: Self.word(disk.backup), slot: slots.current?.rawValue)
    showPartitions(of: table, slots)
    for finding in disk.findings { show(finding) }
  }

  func show(_ file: GPTFile) {
    console.result(
      "\(path): GUID partition table (\(file.kind.rawValue)) for sectors of \(file.sectorByteCount) bytes"
        + (file.sectorCount.map { " on a disk of \($0)" } ?? ", unpatched") + ", disk \(file.table.diskGUID)")
    let slots = GPTSlots([file.table])
    event(
      file.table, kind: file.kind.rawValue, sectors: file.sectorCount, primary: nil, backup: nil,
      slot: slots.current?.rawValue)
    showPartitions(of: file.table, slots)
  }

  func show(_ mbr: MBRPartitions) {
    console.result("\(path): boot record with \(mbr.partitions.count) partitions")
    for partition in mbr.partitions {
      console.result(
        "  \(partition.number). type \(FIASCOText.hex(partition.type, 2)), sectors \(partition.firstLBA) to "
          + "\(partition.firstLBA + max(1, partition.sectorCount) - 1)\(partition.isActive ? ", active" : "")")
      console.event(
        "partition",
        [
          "number": .integer(Int64(partition.number)), "type": .string(FIASCOText.hex(partition.type, 2)),
          "firstSector": .unsigned(partition.firstLBA), "sectors": .unsigned(partition.sectorCount),
        ])
    }
    if let sector = mbr.brokenAt { console.warning("\(path): the chain of partitions breaks off at sector \(sector)") }
  }

  /// A finding as a warning, and in JSON.
  func show(_ finding: GPTFinding) {
    console.event(
      "condition",
      [
        "code": .string(finding.code), "severity": .string(finding.severity.rawValue),
        "term": .string(GPTText.sentence(finding)),
      ])
    let text = "\(path): \(GPTText.sentence(finding))"
    if finding.severity == .note { console.debug(text) } else { console.warning(text) }
  }

  /// Shows all findings, and throws when one of them is an error.
  func requireSound(_ disk: GPTDisk) throws {
    for finding in disk.findings { show(finding) }
    guard let worst = disk.findings.first(where: { $0.severity == .error }) else { return }
    throw Diagnostic(
      code: "gpt.damaged", message: "\(path): \(GPTText.sentence(worst))", remedy: Self.remedy(worst),
      exitStatus: .badData, step: "check")
  }

  private static func remedy(_ finding: GPTFinding) -> String {
    switch finding {
    case .alternateElsewhere, .backupElsewhere: "`flashctl gpt grow` fits the table to the disk"
    case .invalidRange, .overlap: "restore a table that is right: `flashctl gpt restore`"
    default: "`flashctl gpt repair` makes one good copy of the other"
    }
  }

  static func word(_ copy: GPTDisk.Copy) -> String {
    switch copy {
    case .valid(let copy): copy.isVerified ? "valid" : "unverified"
    case .damaged(.noSignature): "missing"
    case .damaged: "damaged"
    }
  }

  private func event(
    _ table: GPTTable, kind: String, sectors: UInt64?, primary: String?, backup: String?, slot: String?
  ) {
    console.event(
      "table",
      [
        "file": .string(path), "kind": .string(kind), "sectorSize": .integer(Int64(table.sectorByteCount)),
        "sectors": sectors.map(JSONValue.unsigned) ?? .null, "diskGUID": .string("\(table.diskGUID)"),
        "firstUsable": .unsigned(table.firstUsableLBA), "lastUsable": .unsigned(table.lastUsableLBA),
        "entries": .integer(Int64(table.entries.count)), "partitions": .integer(Int64(table.partitions.count)),
        "primary": .optional(primary), "backup": .optional(backup), "slot": .optional(slot),
      ])
  }

  private func showPartitions(of table: GPTTable, _ slots: GPTSlots) {
    let slotted = Set(slots.pairs.flatMap { [$0.a.index, $0.b.index] })
    let width = table.partitions.map { $0.entry.name.count }.max() ?? 0
    for partition in table.partitions {
      let entry = partition.entry
      let (bytes, overflows) = entry.sectorCount.multipliedReportingOverflow(by: UInt64(table.sectorByteCount))
      let name = entry.name + String(repeating: " ", count: max(0, width - entry.name.count))
      console.result(
        "  \(partition.number). \(name)  \(entry.firstLBA) to \(entry.lastLBA), "
          + "\(overflows ? "?" : Units.bytes(bytes))"
          + (slotted.contains(partition.index) ? "  [\(Self.slotWords(entry.attributes))]" : ""))
      console.event("partition", Self.members(partition, bytes: overflows ? nil : bytes))
    }
    if let current = slots.current { console.result("  current slot: \(current.rawValue)") }
  }

  private static func members(_ partition: GPTTable.Partition, bytes: UInt64?) -> KeyValuePairs<String, JSONValue> {
    let entry = partition.entry
    return [
      "number": .integer(Int64(partition.number)), "name": .string(entry.name), "type": .string("\(entry.type)"),
      "guid": .string("\(entry.uniqueGUID)"), "firstSector": .unsigned(entry.firstLBA),
      "lastSector": .unsigned(entry.lastLBA), "sectors": .unsigned(entry.sectorCount),
      "bytes": bytes.map(JSONValue.unsigned) ?? .null,
      "attributes": .string("0x" + String(entry.attributes.rawValue, radix: 16)),
      "active": .bool(entry.attributes.isActiveSlot), "priority": .integer(Int64(entry.attributes.slotPriority)),
      "tries": .integer(Int64(entry.attributes.slotTries)), "successful": .bool(entry.attributes.isSuccessfulSlot),
      "unbootable": .bool(entry.attributes.isUnbootableSlot),
    ]
  }

  private static func slotWords(_ attributes: GPTAttributes) -> String {
    var words = [attributes.isActiveSlot ? "active" : "inactive", "priority \(attributes.slotPriority)"]
    words.append("\(attributes.slotTries) tries")
    if attributes.isSuccessfulSlot { words.append("successful") }
    if attributes.isUnbootableSlot { words.append("unbootable") }
    return words.joined(separator: ", ")
  }
}
