import WireFormat

/// Bytes to write at a place of a disk, in whole sectors.
public struct GPTWrite: Equatable, Sendable {
  public enum Part: String, Equatable, Sendable {
    case backupArray = "backup-array"
    case backupHeader = "backup-header"
    case primaryArray = "primary-array"
    case primaryHeader = "primary-header"
    case protectiveMBR = "protective-mbr"
  }

  public let part: Part
  public let lba: UInt64
  public let bytes: [UInt8]
}

extension GPTTable {
  /// What to write, in this order, so that a disk of `sectorCount` sectors holds the table twice.
  ///
  /// The backup goes first: whatever interrupts the writing, one copy is whole. `protectiveMBR` replaces sector 0.
  /// Throws when partitions lie behind what the disk has. Source: `docs/protocols/android-images.md` 5.8.
  public func layout(
    sectorCount: UInt64, protectiveMBR: [UInt8]? = nil
  ) throws(GPTEditError) -> [GPTWrite] {
    let end = try lastUsable(of: sectorCount)
    let beyond = partitions(reachingBeyond: end)
    guard beyond.isEmpty else { throw .partitionsDoNotFit(beyond.map(\.entry.name), lastUsable: end) }
    let array = arrayBytes
    let backupArrayLBA = sectorCount - 1 - arraySectorCount
    let primary = header(my: 1, alternate: sectorCount - 1, arrayLBA: primaryArrayLBA)
    let backup = header(my: sectorCount - 1, alternate: 1, arrayLBA: backupArrayLBA)
    var writes = [
      GPTWrite(part: .backupArray, lba: backupArrayLBA, bytes: array),
      GPTWrite(part: .backupHeader, lba: sectorCount - 1, bytes: sector(backup.bytes)),
      GPTWrite(part: .primaryArray, lba: primaryArrayLBA, bytes: array),
      GPTWrite(part: .primaryHeader, lba: 1, bytes: sector(primary.bytes)),
    ]
    if let protectiveMBR { writes.append(GPTWrite(part: .protectiveMBR, lba: 0, bytes: sector(protectiveMBR))) }
    return writes
  }

  private func header(my: UInt64, alternate: UInt64, arrayLBA: UInt64) -> GPTHeader {
    let exact = entries.flatMap(\.bytes)
    var header = GPTHeader(
      myLBA: my, alternateLBA: alternate, firstUsableLBA: firstUsableLBA, lastUsableLBA: lastUsableLBA,
      diskGUID: diskGUID, arrayLBA: arrayLBA, entryCount: UInt32(clamping: entries.count),
      entryByteCount: UInt32(clamping: entryByteCount), arrayChecksum: CRC32(of: exact.rawSpan).value)
    header.revision = revision
    header.extra = headerExtra
    return header
  }

  private func sector(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: max(0, sectorByteCount - bytes.count))
  }

  /// The files `gpt_main` and `gpt_backup` of packages: sectors 0 to 1 + S, and the last 1 + S.
  ///
  /// `protectiveMBR` replaces the usual sector 0. Source: `docs/protocols/android-images.md` 5.10.
  public func files(
    sectorCount: UInt64, protectiveMBR: [UInt8]? = nil
  ) throws(GPTEditError) -> (main: [UInt8], backup: [UInt8]) {
    let writes = try layout(
      sectorCount: sectorCount, protectiveMBR: protectiveMBR ?? MBR.protective(sectorCount: sectorCount))
    let main = Int(primaryArrayLBA + arraySectorCount) * sectorByteCount
    var mainFile = [UInt8](repeating: 0, count: main)
    var backupFile: [UInt8] = []
    for write in writes {
      switch write.part {
      case .backupArray, .backupHeader: backupFile += write.bytes
      case .primaryArray, .primaryHeader, .protectiveMBR:
        let start = Int(write.lba) * sectorByteCount
        mainFile.replaceSubrange(start..<start + write.bytes.count, with: write.bytes)
      }
    }
    return (mainFile, backupFile)
  }
}
