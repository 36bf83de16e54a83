import WireFormat

/// getstorageinfo in all its forms. Source: `docs/protocols/firehose.md` 4.7.
extension FirehoseSimulation {
  mutating func tellStorage(_ element: XMLElement) {
    guard settings.storageInfo != .silent else { return }
    guard configuration != nil || settings.tellsStorageEarly else { return refuse("getstorageinfo before configure") }
    guard configuration?.hasStorage ?? true else { return refuse("ufs_open(0, WLUN_DEV) failed") }
    guard settings.storageInfo != .nak else { return refuse("Failed to get storage info") }
    do throws(FirehoseRefusal) {
      let section = try section(of: element)
      logHandler("getstorageinfo")
      switch settings.storageInfo {
      case .old: tellOld(section)
      case .attributes:
        return _ = respond(
          true,
          attributes: [
            ("bNumberLU", "\(storage.sections(inSlot: section.slot).count)"),
            ("num_partition_sectors", "\(sectorCount(section))"),
            ("SECTOR_SIZE_IN_BYTES", "\(section.sectorByteCount)"),
          ])
      default: tellNew(section)
      }
      respond(true)
    } catch { refuse(error.text) }
  }

  private func sectorCount(_ section: EDLStorage.Section) -> UInt64 {
    section.sectorCount + (quirks.countsSectorsWrong ? 1 : 0)
  }

  private func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }

  private mutating func tellOld(_ section: EDLStorage.Section) {
    log("num_partition_sectors=\(sectorCount(section))")
    log("SECTOR_SIZE_IN_BYTES=\(section.sectorByteCount)")
    log("num_physical_partitions=\(storage.sections(inSlot: section.slot).count)")
    log("serial_num=\(settings.storage.serialNumber)")
  }

  private mutating func tellNew(_ section: EDLStorage.Section) {
    let identity = settings.storage
    log("Device Total Logical Blocks: \(hex(sectorCount(section)))")
    log("Device Block Size in Bytes: \(hex(UInt64(section.sectorByteCount)))")
    log("Device Total Physical Partitions: \(hex(UInt64(storage.sections(inSlot: section.slot).count)))")
    log("Device Manufacturer ID: \(hex(UInt64(identity.manufacturer)))")
    log("Device Serial Number: \(hex(UInt64(identity.serialNumber)))")
    if settings.storageInfo == .spam { spam() }
    tellJSON(section)
    if settings.storageInfo == .spam { spam() }
    if settings.memory == .ufs { tellUFS(section) }
  }

  private mutating func spam() {
    for line in 0..<500 { log("Partition descriptor byte \(line) = \(hex(UInt64(line & 0xFF)))") }
  }

  private mutating func tellJSON(_ section: EDLStorage.Section) {
    let identity = settings.storage
    let json =
      "{\"storage_info\": {\"total_blocks\":\(sectorCount(section)), \"block_size\":\(section.sectorByteCount), "
      + "\"page_size\":\(section.sectorByteCount), \"num_physical\":\(storage.sections(inSlot: section.slot).count), "
      + "\"manufacturer_id\":\(identity.manufacturer), \"serial_num\":\(identity.serialNumber), "
      + "\"fw_version\":\"\(identity.firmware)\",\"mem_type\":\"\(settings.memory.wireName)\","
      + "\"prod_name\":\"\(identity.product)\"}}"
    switch settings.storageInfo {
    case .broken: log(String(json.prefix(json.count * 2 / 3)))
    case .oversized: send(FirehoseDocument.log("INFO: " + json + String(repeating: " ", count: 6000)))
    default: log(json)
    }
  }

  private mutating func tellUFS(_ section: EDLStorage.Section) {
    let blocks = sectorCount(section)
    let total = storage.sections(inSlot: section.slot).reduce(0) { $0 + $1.file.byteCount }
    let mask = storage.sections(inSlot: section.slot).reduce(0 as UInt64) { $0 | 1 << UInt64(min(63, $1.number)) }
    let bootID: UInt64 = storage.state.bootableDrive == UInt64(section.number) ? 1 : 0
    for line in [
      "fInitialized: 0x1", "Current LUN Number: = \(hex(UInt64(section.number)))",
      "Total Active LU: \(hex(UInt64(storage.sections(inSlot: section.slot).count)))",
      "wManufacturerID: \(hex(UInt64(settings.storage.manufacturer)))", "Boot Partition Enabled: 0x1",
      "Raw Device Capacity: = \(hex(total >> 9))", "Min Block Size: 0x8", "Erase Block Size: 0x2000",
      "Allocation Unit Size: 0x1", "RPMB ReadWrite Size: = 0x40",
      "Number of Allocation Uint for This LU: \(hex(blocks >> 10))", "Logical Block Size: 0xc",
      "Provisioning Type: 0x2", "LU Write Protect: 0x0", "Boot LUN ID: = \(hex(bootID))", "Memory Type: 0x0",
      "LU Total Blocks: \(hex(blocks))", "LUN Enable Bitmask: \(hex(mask))",
      "bConfigDescrLock: \(storage.state.isLocked ? "0x1" : "0x0")",
      "Inquiry Command Output: \(settings.storage.inquiry)",
    ] { log("UFS " + line) }
  }
}
