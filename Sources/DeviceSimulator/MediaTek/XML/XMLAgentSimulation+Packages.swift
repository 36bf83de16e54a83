import FlashImages
import MediaTek

/// What a device that drives the flashing itself asks for. Source: `docs/protocols/mtk-xml.md` 7.3.
extension XMLAgentSimulation {
  /// The scatter file first; what comes then depends on what is in it.
  mutating func planPackage(_ name: String, _ text: XMLAgentText) -> String? {
    if name != "WRITE-PARTITIONS", !["/", "\\"].contains(text.value("path_separator") ?? "") {
      return "Unknow path separator."
    }
    steps.append(.question(key: "FILE-SIZE", path: text.value("source_file") ?? ""))
    steps.append(download("scatter", text, .scatter))
    let backup = name == "FLASH-UPDATE" ? text.value("backup_folder") ?? "" : nil
    let moved = backup == nil ? [] : settings.movedByUpdate.names.compactMap { partition($0) }
    if let backup { planBackup(moved, backup) }
    // Without a list the scatter file tells, once it is there (`complete`).
    let list = text.element("flash_list")?.elements("pt")
    hasFileList = list != nil
    for item in list ?? [] {
      guard let place = partition(item.attribute("name") ?? "") else { return "Partition not found." }
      steps.append(.question(key: "EXISTS", path: item.value))
      report(place.name, [100])
      steps.append(writing(place, item.value))
    }
    if let backup { for place in moved { steps.append(writing(place, backup + "/" + place.name)) } }
    return nil
  }

  private mutating func planBackup(_ moved: [Place], _ backup: String) {
    steps.append(.question(key: "MKDIR", path: backup))
    let record = XMLAgentRecordFile(
      entries: moved.map { .init(partition: $0.name, change: XMLAgentRecordFile.Entry.Change.none, checksum: 0) },
      stage: 0, change: 0, tableChange: 0)
    steps.append(
      upload(
        "record-file", target: backup + "/record-file", .bytes(record.bytes), packet: settings.documentPacket.value))
    for place in moved {
      steps.append(
        upload(
          place.name, target: backup + "/" + place.name,
          .storage(section: place.section, offset: place.offset, byteCount: place.byteCount),
          packet: settings.dataPacket.value))
    }
  }

  /// The entries of a scatter file with a file of their own, before whatever else was planned.
  mutating func planScatter(_ bytes: [UInt8]) -> String? {
    guard let file = try? ScatterFile(MemoryBytes(bytes, path: "scatter")) else { return "Invalid scatter file." }
    guard !hasFileList else { return nil }
    let wanted: ScatterStorage = settings.kind == .ufs ? .ufs : .emmc
    let entries = (file.scatter.layout(for: wanted) ?? file.scatter.layouts[0]).partitions
    let end = steps.popLast()
    for entry in entries where entry.isDownload {
      guard let name = entry.fileName, let place = partition(entry.name) else { continue }
      report(place.name, [100])
      steps.append(writing(place, name))
    }
    if let end { steps.append(end) }
    return nil
  }
}
