import FlashImages
import WireFormat

/// Sectors of one section that a command is about.
struct FirehoseExtent: Sendable {
  let section: EDLStorage.Section
  let start: UInt64
  let count: UInt64

  var byteOffset: UInt64 { start * UInt64(section.sectorByteCount) }
  var byteCount: UInt64 { count * UInt64(section.sectorByteCount) }
  var sectors: Range<UInt64> { start..<start + count }
}

/// Why a command is refused: what the programmer logs.
struct FirehoseRefusal: Error, Equatable {
  let text: String

  init(_ text: String) { self.text = text }
}

extension FirehoseSimulation {
  /// A number of an attribute: decimal, or hexadecimal with `0x`.
  static func number(_ text: String?) -> UInt64? {
    guard let text else { return nil }
    if text.hasPrefix("0x") || text.hasPrefix("0X") { return UInt64(text.dropFirst(2), radix: 16) }
    return UInt64(text)
  }

  static func isOn(_ text: String?) -> Bool { text == "1" || text?.lowercased() == "true" }

  /// The section of a command, with its slot and sector size checked.
  func section(of element: XMLElement, attribute: String = "physical_partition_number") throws(FirehoseRefusal)
    -> EDLStorage.Section
  {
    let text = element[attribute] ?? element["StorageDrive"] ?? "0"
    let slot = Self.number(element["slot"] ?? "0")
    guard let number = Self.number(text), let slot, let section = storage.section(number, slot: slot) else {
      throw FirehoseRefusal(openingFailure(partition: text, slot: element["slot"] ?? "0"))
    }
    if let size = element["SECTOR_SIZE_IN_BYTES"], Self.number(size) != UInt64(section.sectorByteCount) {
      throw FirehoseRefusal(
        "Attribute 'SECTOR_SIZE_IN_BYTES'=\(size.prefix(32)) must be equal to disk sector size \(section.sectorByteCount)"
      )
    }
    return section
  }

  /// Why there is no such physical partition.
  func openingFailure(partition: String, slot: String) -> String {
    let device = settings.memory == .emmc ? "SDCC" : settings.memory.wireName
    return "Failed to open the \(device) Device slot \(slot.prefix(16)) partition \(partition.prefix(16))"
  }

  /// The value of an expression on a section.
  func value(of text: String, on section: EDLStorage.Section, _ attribute: String) throws(FirehoseRefusal) -> UInt64 {
    do {
      let expression = try DiskExpression(parsing: text)
      return try expression.evaluate(
        sectors: section.sectorCount, blocks: section.sectorCount / max(1, settings.pagesPerBlock),
        crc32: { range in try Self.checksum(of: range, on: section) })
    } catch let refusal as FirehoseRefusal {
      throw refusal
    } catch {
      throw FirehoseRefusal("Invalid parameters: \(attribute)='\(text.prefix(64))'")
    }
  }

  /// Bytes that a `CRC32` may cover: much more than any partition table has.
  private static let checksumLimit: UInt64 = 16 << 20

  private static func checksum(
    of range: DiskExpression.ChecksumRange, on section: EDLStorage.Section
  ) throws -> UInt32 {
    let (offset, overflows) = range.sector.multipliedReportingOverflow(by: UInt64(section.sectorByteCount))
    guard !overflows, offset <= section.file.byteCount, section.file.byteCount - offset >= range.byteCount,
      range.byteCount <= checksumLimit
    else { throw FirehoseRefusal("Invalid parameters: CRC32(\(range.sector),\(range.byteCount)) outside of the disk") }
    let bytes = try section.file.bytes(at: offset, count: Int(range.byteCount))
    return CRC32(of: bytes.rawSpan).value
  }

  /// The sectors of a command. Without a start and a number, `isWholeByDefault` takes the whole section.
  func extent(of element: XMLElement, isWholeByDefault: Bool = false) throws(FirehoseRefusal) -> FirehoseExtent {
    let section = try section(of: element)
    guard let countText = element["num_partition_sectors"], let startText = element["start_sector"] else {
      let isBare = element["num_partition_sectors"] == nil && element["start_sector"] == nil
      guard isWholeByDefault, isBare else {
        throw FirehoseRefusal("Invalid parameters: start_sector and num_partition_sectors are needed")
      }
      return FirehoseExtent(section: section, start: 0, count: section.sectorCount)
    }
    let start = try value(of: startText, on: section, "start_sector")
    let count = try value(of: countText, on: section, "num_partition_sectors")
    guard count > 0 else { throw FirehoseRefusal("Invalid parameters: num_partition_sectors='0'") }
    guard start <= section.sectorCount, section.sectorCount - start >= count else {
      throw FirehoseRefusal(
        "start_sector \(start) num_partition_sectors \(count) exceed the \(section.sectorCount) sectors of partition "
          + "\(section.number)")
    }
    return FirehoseExtent(section: section, start: start, count: count)
  }

  /// Refuses what may not be changed.
  func checkWritable(_ extent: FirehoseExtent) throws(FirehoseRefusal) {
    if settings.protectedRanges.touches(extent.section.number, extent.sectors) {
      throw FirehoseRefusal("Range restricted")
    }
  }

  /// Whether an extent lies on a bad erase block.
  func touchesBadBlock(_ extent: FirehoseExtent) -> Bool {
    guard settings.memory == .nand else { return false }
    let pages = max(1, settings.pagesPerBlock)
    let blocks = extent.start / pages...(extent.start + max(1, extent.count) - 1) / pages
    return settings.badBlocks.numbers.contains { blocks.contains($0) }
  }
}
