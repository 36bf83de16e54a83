import FlashCore
import FlashImages
import WireFormat

extension QualcommProgrammer {
  /// Physical partitions that are looked for where nobody says how many there are (10).
  private static let partitionLimit: UInt32 = 16

  /// Starts the programmer, and finds out what it does not say by itself.
  func prepare() async throws(FirehoseError) {
    let wasRunning = isRunning
    let driver = try await driver()
    guard !wasRunning, await driver.startup.functions == nil, !settings.isValidated, !settings.skipsStorageInit else {
      return
    }
    try await checkDigest(driver, try await sectorByteCount())
  }

  /// Bytes of a sector: as the user or the plan says, as the device says, as a sector can be read, as is usual. Source:
  /// `docs/protocols/firehose.md` 3.
  func sectorByteCount() async throws(FirehoseError) -> UInt32 {
    if let sector { return sector }
    let driver = try await driver()
    let found: UInt32
    if let given = settings.sectorByteCount {
      found = given
    } else if let told = try await info(0)?.sectorByteCount {
      found = told
    } else {
      found = try await probedSectorByteCount(driver)
    }
    sector = found
    return found
  }

  /// The size with which LBA 1 can be read; refusals are part of looking.
  private func probedSectorByteCount(_ driver: FirehoseDriver) async throws(FirehoseError) -> UInt32 {
    let memory = await driver.limits.memory
    guard memory != .nand, !settings.skipsStorageInit, !settings.isValidated else { return memory.usualSectorByteCount }
    var sizes: [UInt32] = [512, 4096]
    while !sizes.isEmpty {
      let size = sizes.removeFirst()
      do throws(FirehoseError) {
        _ = try await bytes(ofSectors: 1, at: 1, partition: 0, sector: size)
        return size
      } catch {
        guard error.isRefusalOfPlace, let refusal = error.refusal else { throw error }
        for case .sectorSize(let told) in refusal.reasons { return told }
      }
    }
    return memory.usualSectorByteCount
  }

  /// `getstorageinfo`, asked once for each physical partition.
  func info(_ partition: UInt32) async throws(FirehoseError) -> FirehoseStorageInfo? {
    if let info = infos[partition] { return info }
    let info = try await driver().storageInfo(partition, slot: settings.slot)
    infos[partition] = info
    return info
  }

  /// Sectors in memory, of one small read.
  func bytes(
    ofSectors count: UInt64, at start: UInt64, partition: UInt32, sector: UInt32
  ) async throws(FirehoseError) -> [UInt8] {
    let extent = FirehoseExtent(
      sectorByteCount: sector, physicalPartition: partition, startSector: start, sectorCount: count,
      slot: settings.slot)
    let collected = CollectedBytes()
    let driver = try await driver()
    do throws(FirehoseError) { try await driver.read(FirehoseRead(extent), into: collected) } catch {
      throw error.located(at: extent)
    }
    return collected.bytes
  }

  /// The physical partitions with their sizes, as far as they can be found out.
  func storage() async throws(FirehoseError) -> StorageMap {
    if let map { return map }
    let driver = try await driver()
    let unit = try await sectorByteCount()
    let memory = await driver.limits.memory
    let found =
      settings.isValidated
      ? StorageMap((0..<UInt32(memory == .ufs ? 8 : 4)).map { section($0, memory, unit, sectors: nil) })
      : StorageMap(try await sections(memory, unit))
    map = found
    return found
  }

  private func sections(_ memory: FirehoseMemory, _ unit: UInt32) async throws(FirehoseError) -> [StorageSection] {
    let count = try await info(0)?.partitionCount.map { UInt32(clamping: $0) }
    var sections: [StorageSection] = []
    for number in 0..<(count ?? (memory == .nand ? 1 : Self.partitionLimit)) {
      if count != nil || number == 0, let sectors = try await info(number)?.sectorCount {
        try requireAgreement(number, memory, sectors: sectors)
        sections.append(section(number, memory, unit, sectors: sectors))
        continue
      }
      guard memory != .nand else {
        sections.append(section(number, memory, unit, sectors: nil))
        continue
      }
      do throws(FirehoseError) {
        // A table may have been made for another disk: what the user says counts more.
        let found = try await sectorCount(number, unit)
        sections.append(section(number, memory, unit, sectors: toldSectorCount(number, memory) ?? found))
      } catch {
        // The usual way to find the last one (4.2). The first one has to be there.
        guard error.isRefusalOfPlace, number > 0 else { throw error }
        if count == nil { break }
      }
    }
    return sections
  }

  /// From the partition table, which knows where its backup lies; `nil` where there is none.
  private func sectorCount(_ partition: UInt32, _ unit: UInt32) async throws(FirehoseError) -> UInt64? {
    let bytes = try await bytes(ofSectors: 1, at: 1, partition: partition, sector: unit)
    guard let header = try? GPTHeader(parsing: bytes.rawSpan, at: 1), !header.isUnpatched, header.alternateLBA > 1,
      header.alternateLBA >= header.lastUsableLBA, header.alternateLBA < .max / UInt64(unit)
    else { return nil }
    return header.alternateLBA + 1
  }

  private func section(
    _ number: UInt32, _ memory: FirehoseMemory, _ unit: UInt32, sectors: UInt64?
  ) -> StorageSection {
    let aliases = Self.aliases(number, memory)
    let bytes = (sectors ?? toldSectorCount(number, memory)).flatMap { count -> UInt64? in
      let (product, overflows) = count.multipliedReportingOverflow(by: UInt64(unit))
      return overflows ? nil : product
    }
    var section = StorageSection(
      name: "\(number)", aliases: aliases, kind: memory == .nand ? .nand : .sectors, byteCount: bytes,
      sectorByteCount: UInt64(unit))
    if memory == .nand {
      section.blockByteCount = UInt64(settings.pagesPerBlock ?? Self.usualPagesPerBlock) * UInt64(unit)
    }
    return section
  }

  /// Pages of an erase block where nobody says how many.
  private static let usualPagesPerBlock: UInt32 = 64

  /// What users call a section beside its number.
  private static func aliases(_ number: UInt32, _ memory: FirehoseMemory) -> [String] {
    let names = memory == .emmc ? ["user", "boot1", "boot2", "rpmb", "gp1", "gp2", "gp3", "gp4"] : []
    return number < names.count ? [names[Int(number)]] : []
  }

  /// What the user says of a section has to be what the device says, where both say something: one of the two is about
  /// another storage.
  private func requireAgreement(
    _ number: UInt32, _ memory: FirehoseMemory, sectors: UInt64
  ) throws(FirehoseError) {
    guard let given = toldSectorCount(number, memory), given != sectors else { return }
    throw .sectorCount(section: "\(number)", device: sectors, given: given)
  }

  /// What the user says of a section. Devices that take only what was foreseen get the same text whether
  /// anybody knows their sizes or not.
  private func toldSectorCount(_ number: UInt32, _ memory: FirehoseMemory) -> UInt64? {
    guard !settings.isValidated else { return nil }
    return (["\(number)"] + Self.aliases(number, memory)).lazy.compactMap { self.settings.sectorCounts[$0] }.first
  }

  /// A programmer that lists nothing is asked for a small digest, so that later on everybody knows whether it has any.
  private func checkDigest(_ driver: FirehoseDriver, _ unit: UInt32) async throws(FirehoseError) {
    let extent = FirehoseExtent(
      sectorByteCount: unit, physicalPartition: 0, startSector: 0, sectorCount: 1, slot: settings.slot)
    do throws(FirehoseError) { _ = try await driver.digest(extent) } catch {
      switch error {
      case .refused, .violation(.noDigest, _): abilities.markMissing("getsha256digest")
      default: throw error
      }
    }
  }
}
