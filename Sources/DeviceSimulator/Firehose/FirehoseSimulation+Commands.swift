import FlashImages
import WireFormat

/// Commands that are answered at once. Source: `docs/protocols/firehose.md` 4.6 and 5.
extension FirehoseSimulation {
  mutating func nop(_ element: XMLElement) {
    guard settings.nop != .silent else { return }
    logHandler("nop")
    if settings.nop == .ack { respond(true) }
  }

  mutating func patch(_ element: XMLElement) {
    patchCount += 1
    do throws(FirehoseRefusal) {
      if let name = element["filename"], !name.isEmpty, name.lowercased() != "disk" {
        if settings.foreignPatch == .nak { throw FirehoseRefusal("patch of file \(name.prefix(64)) not supported") }
        logHandler("patch")
        respond(true)
        return
      }
      let (bytes, offset, section) = try patchBytes(element)
      logHandler("patch")
      if quirks.dropsPatch?.value != patchCount, configuration?.skipsWriting != true {
        do throws(SimulatorError) { try section.file.write(bytes.rawSpan, at: offset) } catch {
          note(error)
          throw FirehoseRefusal(Self.writeFailure)
        }
      }
      respond(true)
    } catch { refuse(error.text) }
  }

  private func patchBytes(
    _ element: XMLElement
  ) throws(FirehoseRefusal) -> (bytes: [UInt8], offset: UInt64, section: EDLStorage.Section) {
    let section = try section(of: element)
    guard let size = Self.number(element["size_in_bytes"]), size > 0 else {
      throw FirehoseRefusal("Invalid parameters: size_in_bytes")
    }
    guard size <= 8 else { throw FirehoseRefusal("patch size too large \(size)") }
    guard let text = element["value"], let startText = element["start_sector"] else {
      throw FirehoseRefusal("Invalid parameters: start_sector and value are needed")
    }
    let start = try value(of: startText, on: section, "start_sector")
    guard let byte = Self.number(element["byte_offset"] ?? "0") else {
      throw FirehoseRefusal("Invalid parameters: byte_offset")
    }
    let unit = UInt64(section.sectorByteCount)
    let (offset, overflows) = start.multipliedReportingOverflow(by: unit)
    let (place, carries) = offset.addingReportingOverflow(byte)
    guard !overflows, !carries, place <= section.sectorCount * unit, section.sectorCount * unit - place >= size else {
      throw FirehoseRefusal("patch at sector \(start) byte \(byte) lies outside of partition \(section.number)")
    }
    try checkWritable(
      FirehoseExtent(section: section, start: place / unit, count: (place % unit + size + unit - 1) / unit))
    let number = try value(of: text, on: section, "value")
    var bytes: [UInt8] = []
    bytes.append(littleEndian: number)
    return (Array(bytes.prefix(Int(size))), place, section)
  }

  mutating func setBootable(_ element: XMLElement) {
    guard let value = Self.number(element["value"]), value < 256 else {
      return refuse("Invalid parameters: value")
    }
    guard storage.section(value, slot: 0) != nil else {
      return refuse(openingFailure(partition: "\(value)", slot: "0"))
    }
    log("Using scheme of value = \(value)")
    storage.state.bootableDrive = value
    do throws(SimulatorError) { try storage.state.record() } catch {
      note(error)
      return refuse("Failed to set bootable storage drive")
    }
    respond(true)
  }

  /// ACK first, then the last words, then the bus is left.
  mutating func power(_ element: XMLElement) {
    let action: PowerAction
    switch (element["value"] ?? "reset").lowercased() {
    case "reset": action = .reset
    case "reset_to_edl", "edl": action = .resetToEDL
    case "off": action = .off
    default: return refuse("Invalid parameters: value")
    }
    guard let seconds = Self.number(element["DelayInSeconds"] ?? "0"), seconds <= 1 << 32 else {
      return refuse("Invalid parameters: DelayInSeconds")
    }
    if quirks.leavesWithoutAnswer {
      departure = Departure(action: action, at: now, latest: now)
      return leaveIfDue()
    }
    logHandler("power")
    respond(true)
    log(
      "Will issue reset/power off \(seconds == 0 ? 100 : seconds * 1_000_000) useconds, "
        + "if this hangs check if watchdog is enabled")
    log("bsp_target_reset() 0")
    let wait = seconds == 0 ? Duration.microseconds(100) : .seconds(Int64(seconds))
    let moment = now + min(wait, settings.longestPowerDelay)
    departure = Departure(
      action: action, at: moment, latest: quirks.leavesOnlyDrained ? nil : moment + .seconds(1))
  }

  // MARK: Memory

  /// The most bytes that are shown at once.
  private static let peekLimit: UInt64 = 64 << 10

  private var sizeName: String { settings.logStyle == .old ? "SizeInBytes" : "size_in_bytes" }

  mutating func peek(_ element: XMLElement) {
    guard let address = Self.number(element["address64"]) else { return refuse("Invalid parameters: address64") }
    guard let size = Self.number(element[sizeName]), (1...Self.peekLimit).contains(size),
      size - 1 <= UInt64.max - address
    else { return refuse("Invalid parameters: \(sizeName)") }
    let digits = String(address, radix: 16, uppercase: true)
    log("Using address " + String(repeating: "0", count: max(0, 8 - digits.count)) + digits)
    var offset: UInt64 = 0
    while offset < size {
      let count = min(16, size - offset)
      let bytes = (0..<count).map { memory(at: address + offset + $0) }
      log(bytes.map { "0x" + Hex.string([$0]) + " " }.joined(), .plain)
      offset += count
    }
    respond(true)
  }

  private func memory(at address: UInt64) -> UInt8 {
    poked[address] ?? SaharaMemory.pattern(at: address, count: 1)[0]
  }

  /// Bytes that can be changed in all.
  private static let pokeLimit = 1 << 16

  mutating func poke(_ element: XMLElement) {
    guard let address = Self.number(element["address64"]) else { return refuse("Invalid parameters: address64") }
    guard let size = Self.number(element["size_in_bytes"] ?? element["SizeInBytes"]), (1...8).contains(size),
      size - 1 <= UInt64.max - address
    else { return refuse("Invalid parameters: size_in_bytes") }
    guard let value = Self.number(element["value"] ?? element["value64"]) else {
      return refuse("Invalid parameters: value")
    }
    guard poked.count < Self.pokeLimit else { return refuse("Out of memory") }
    logHandler("poke")
    for index in 0..<size { poked[address + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    respond(true)
  }

  // MARK: Partition table and speed

  /// Writes both copies of the table anew, from the one that is better, and gives the last partition what is left.
  mutating func fixGPT(_ element: XMLElement) {
    do throws(FirehoseRefusal) {
      let section = try section(of: element, attribute: "lun")
      logHandler("fixgpt")
      do {
        let disk = try GPTDisk(
          reading: section.file, sectorByteCount: section.sectorByteCount, acceptsDamaged: true)
        var table = disk.table
        table.lastUsableLBA = try table.lastUsable(of: section.sectorCount)
        if Self.isOn(element["grow_last_partition"]) { _ = try table.grow(to: section.sectorCount, force: true) }
        for write in try table.layout(sectorCount: section.sectorCount, protectiveMBR: disk.protectiveMBR) {
          try section.file.write(write.bytes.rawSpan, at: write.lba * UInt64(section.sectorByteCount))
        }
      } catch { throw FirehoseRefusal("No GPT to fix on partition \(section.number)") }
      respond(true)
    } catch { refuse(error.text) }
  }

  /// Reports the rates of the imitated storage: how fast the computer is would say nothing about a device.
  mutating func benchmark(_ element: XMLElement) {
    logHandler("benchmark")
    let trials = min(1000, Self.number(element["trials"]) ?? 1)
    let rates = settings.storage.rates
    for (attribute, name, rate) in [
      ("TestWritePerformance", "Write", rates.write), ("TestReadPerformance", "Read", rates.read),
      ("TestDigestPerformance", "Digest", rates.digest),
    ] where Self.isOn(element[attribute]) {
      log("\(name) performance: \(trials) trials, \(rate >> 10) KB/s")
    }
    respond(true)
  }
}
