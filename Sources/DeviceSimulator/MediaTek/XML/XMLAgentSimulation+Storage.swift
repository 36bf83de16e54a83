import FlashImages
import MediaTek
import WireFormat

/// The storage behind the commands. Source: `docs/protocols/mtk-xml.md` 7.3, 9.
extension XMLAgentSimulation {
  /// A stretch of a section.
  struct Place: Sendable {
    var name: String
    var section: Int
    var offset: UInt64
    var byteCount: UInt64
  }

  private func index(_ section: String) -> Int? { storage.sections.firstIndex { $0.name == section } }

  /// The partitions of the table that is in the storage now.
  var partitions: [Place] {
    guard let number = index(settings.userSection) else { return [] }
    guard let table = storage.table else { return [] }
    let section = storage.sections[number]
    let unit = UInt64(section.sectorByteCount)
    return table.partitions.compactMap { partition in
      let entry = partition.entry
      guard entry.lastLBA >= entry.firstLBA, entry.lastLBA < section.sectorCount else { return nil }
      return Place(
        name: entry.name, section: number, offset: entry.firstLBA * unit,
        byteCount: (entry.lastLBA - entry.firstLBA + 1) * unit)
    }
  }

  /// A partition by its name, or what agents call so besides.
  func partition(_ name: String) -> Place? {
    func whole(_ section: String) -> Place? {
      index(section).map { Place(name: name, section: $0, offset: 0, byteCount: storage.sections[$0].byteCount) }
    }
    switch name {
    case _ where settings.kind == .nand: return nil
    case _ where storage.lacks(extraName: name): return nil
    case "preloader": return whole(settings.bootSection)
    case "preloader_backup": return whole(settings.secondBootSection)
    case "PGPT", "SGPT":
      guard let user = whole(settings.userSection) else { return nil }
      let unit = UInt64(settings.sectorByteCount)
      let array = (16384 + unit - 1) / unit
      let count = (array + (name == "PGPT" ? 2 : 1)) * unit
      return Place(
        name: name, section: user.section, offset: name == "PGPT" ? 0 : user.byteCount - min(user.byteCount, count),
        byteCount: count)
    default: return partitions.first { $0.name == name }
    }
  }

  /// A section by the agents' name for it.
  private func section(_ name: String) -> Int? {
    let names = ["EMMC-USER": "user", "EMMC-BOOT1": "boot1", "EMMC-BOOT2": "boot2", "EMMC-RPMB": "rpmb"]
    if settings.kind == .emmc {
      if let section = names[name] { return index(section) }
      return name.hasPrefix("EMMC-GP") ? index("gp" + name.dropFirst(7)) : nil
    }
    if settings.kind == .nand { return name == "NAND-WHOLE" ? index("user") : nil }
    return name.hasPrefix("UFS-LUA") ? index("lun" + name.dropFirst(7)) : nil
  }

  /// Where a command works: a partition, or a stretch of a section in whole sectors.
  private func place(_ text: XMLAgentText) -> Place? {
    guard let name = text.value("partition") else { return nil }
    guard text.value("offset") != nil else { return partition(name) }
    guard let number = section(name), let offset = text.number("offset") else { return nil }
    let size = storage.sections[number].byteCount
    let unit = UInt64(settings.sectorByteCount)
    guard offset <= size, offset % unit == 0 else { return nil }
    let count = text.number("length") ?? (size - offset)
    guard count <= size - offset, count % unit == 0 else { return nil }
    return Place(name: name, section: number, offset: offset, byteCount: count)
  }

  private func problem(_ text: XMLAgentText) -> String {
    text.value("offset") == nil ? "Partition not found." : "Invalid parameter."
  }

  // MARK: Plans

  mutating func planReading(_ text: XMLAgentText) -> String? {
    guard let place = place(text) else { return problem(text) }
    let info = text.value("offset") == nil ? place.name : "ROM_0"
    steps.append(
      upload(
        info, target: text.value("target_file") ?? "",
        .storage(section: place.section, offset: place.offset, byteCount: place.byteCount),
        packet: settings.dataPacket.value))
    return nil
  }

  mutating func planWriting(_ text: XMLAgentText) -> String? {
    guard let place = place(text) else { return problem(text) }
    let file = text.value("source_file") ?? ""
    for letter in quirks.writeOrder?.letters ?? "FPD" {
      switch letter {
      case "F": steps.append(.question(key: "FILE-SIZE", path: file))
      case "E": steps.append(.question(key: "EXISTS", path: file))
      case "M": steps.append(.question(key: "MKDIR", path: "backup"))
      case "P": report("erase", [])
      default: steps.append(writing(place, file))
      }
    }
    return nil
  }

  func writing(_ place: Place, _ file: String) -> XMLAgentStep {
    let limit = storage.room(from: place.offset, byteCount: place.byteCount, in: place.section)
    return download(
      place.name, source: file,
      .storage(
        section: place.section, offset: place.offset, limit: limit, name: place.name, expandsSparse: true),
      packet: settings.dataPacket.value)
  }

  mutating func planRawWriting(_ text: XMLAgentText) -> String? {
    guard let place = place(text) else { return problem(text) }
    let file = text.value("source_file") ?? ""
    steps.append(.question(key: "FILE-SIZE", path: file))
    report("erase", [])
    steps.append(
      download(
        place.name, source: file,
        .storage(
          section: place.section, offset: place.offset, limit: place.byteCount, name: place.name, expandsSparse: false),
        packet: settings.dataPacket.value))
    return nil
  }

  mutating func planErasing(_ text: XMLAgentText) -> String? {
    guard let place = place(text) else { return problem(text) }
    if let denial = denial(place.section, place.offset, place.byteCount) { return denial }
    do throws(SimulatorError) {
      try storage.erase(place.offset..<place.offset + place.byteCount, of: place.section)
    } catch {
      note(error)
      return "Storage erase error."
    }
    report("erase", [100])
    return nil
  }

  mutating func note(_ error: SimulatorError) {
    if case .storage(let operation, let path, let errno) = error {
      events.append(.storageFailed(operation: operation, path: path, errno: errno))
    }
  }

  /// Why a stretch is not changed: it touches a protected partition, RPMB, or what is reserved.
  private func denial(_ section: Int, _ offset: UInt64, _ byteCount: UInt64) -> String? {
    let reserve = storage.reserve(touchedBy: offset..<offset + byteCount, in: section)
    if let reserve { return denialText(reserve) }
    guard !settings.protected.names.isEmpty else { return nil }
    let touched = partitions.first { partition in
      partition.section == section && settings.protected.contains(partition.name)
        && offset < partition.offset + partition.byteCount && partition.offset < offset + byteCount
    }
    return touched.map { denialText($0.name) }
  }

  func denialText(_ name: String) -> String {
    settings.protectedText.split(separator: "*", omittingEmptySubsequences: false).joined(separator: name)
  }

  // MARK: What arrives

  /// Why a file of this size is not taken.
  func refusal(of download: XMLAgentDownload) -> String? {
    switch download.purpose {
    case .storage(let section, let offset, let limit, _, let expandsSparse):
      // How much a sparse image holds is seen later.
      if download.byteCount > limit, !expandsSparse { return "Image is larger than the partition." }
      return denial(section, offset, min(limit, download.byteCount))
    case .registers: return download.byteCount > 0x1_0000 ? "Invalid parameter." : nil
    default: return download.byteCount > XMLAgentDownload.memoryLimit ? "Image is too large." : nil
    }
  }

  mutating func keep(_ piece: RawSpan, _ download: inout XMLAgentDownload) {
    guard case .storage(let section, let offset, let limit, let name, let expandsSparse) = download.purpose else {
      download.bytes += unsafe piece.withUnsafeBytes { unsafe [UInt8]($0) }
      return
    }
    do throws(SimulatorError) {
      if expandsSparse, download.done == 0, SparseHeader.isSparse(piece) {
        download.file = try SectionFile(temporary: download.byteCount)
      }
      if !expandsSparse, download.done == 0, storage.settings.sparseByRange == .refused, SparseHeader.isSparse(piece) {
        download.failure = "Sparse image is not supported."
      }
      guard download.failure == nil else { return }
      if let file = download.file { return try file.write(piece, at: download.done) }
      if expandsSparse, download.done == 0, let header = bootHeader(for: name, piece, download.byteCount) {
        try storage.sections[section].file.write(header.rawSpan, at: offset)
        download.lead = UInt64(header.count)
      }
      guard download.lead + download.done + UInt64(piece.byteCount) <= limit else {
        download.failure = download.failure ?? "Image is larger than the partition."
        return
      }
      try storage.sections[section].file.write(piece, at: offset + download.lead + download.done)
    } catch {
      download.failure = "Storage write error."
      note(error)
    }
  }

  /// What an eMMC's boot section begins with, in front of a loader that is written by name
  /// (`docs/protocols/mtk-scatter.md` 5.4).
  private func bootHeader(for name: String, _ piece: RawSpan, _ byteCount: UInt64) -> [UInt8]? {
    let magic: UInt32 = 0x014D_4D4D
    guard settings.kind == .emmc, name == "preloader" || name == "preloader_backup",
      (try? piece.load(littleEndian: UInt32.self, at: 0)) == magic
    else { return nil }
    return BootSectionHeader.emmc(loaderByteCount: Int(clamping: byteCount))
  }

  /// All of a file is there. Returns what is wrong with it.
  mutating func complete(_ download: XMLAgentDownload) -> String? {
    switch download.purpose {
    case .secondStage: return check(secondStage: download.bytes)
    case .signature: return check(signature: download.bytes)
    case .registers(let address):
      for (index, byte) in download.bytes.enumerated() { registers[address &+ UInt64(index)] = byte }
    case .scatter: return planScatter(download.bytes)
    case .ignored: break
    case .storage(let section, let offset, let limit, let name, _):
      if let file = download.file, !expand(file, to: storage.sections[section].file, offset, limit) {
        return "Invalid sparse image."
      }
      feedback.append((name, download.source, UInt16(truncatingIfNeeded: download.byteCount)))
      events.append(.imageComplete(type: name, byteCount: download.byteCount))
    }
    return nil
  }

  private func expand(_ sparse: SectionFile, to file: SectionFile, _ offset: UInt64, _ limit: UInt64) -> Bool {
    do {
      let image = try SparseImageSource(PlainBytes(sparse))
      guard let size = image.byteCount, size <= limit else { return false }
      let runs = try ImageRunReader(image, maximumByteCount: 1 << 20)
      while let run = try runs.next() {
        let bytes = try runs.stream().bytes(Int(run.length))
        try file.write(bytes.rawSpan, at: offset + run.offset)
      }
      return true
    } catch { return false }
  }

  // MARK: Checks

  /// The first stage has the second one's digest, at a fixed place from its end.
  private func check(secondStage bytes: [UInt8]) -> String? {
    let end = image.count - signatureByteCount
    guard settings.checksSecondStage, end >= 0x30 else { return nil }
    let digest = image[(end - 0x30)..<(end - 0x10)]
    return Array(digest) == FixtureSignature.digest(of: bytes[...]) ? nil : "Hash check fail."
  }

  private mutating func check(signature: [UInt8]) -> String? {
    guard challenge != nil || !settings.needsChallenge || quirks.hasNoFirmwareInfo else { return "No challenge." }
    guard settings.acceptedSignature.accepts(signature, of: challenge ?? []) else { return Self.lockedText }
    isAuthenticated = true
    return nil
  }
}

extension ImageStream {
  /// The next so many bytes, fewer at the end.
  fileprivate func bytes(_ count: Int) throws(ImageError) -> [UInt8] {
    var failure: ImageError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      do throws(ImageError) { initialized = unsafe try read(into: UnsafeMutableRawBufferPointer(buffer)) } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
