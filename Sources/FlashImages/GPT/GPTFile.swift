import WireFormat

/// A partition table in a file of its own, as packages and read-out tools keep them: main, backup, or both.
///
/// Source: `docs/protocols/android-images.md` 5.10.
public struct GPTFile: Equatable, Sendable {
  public enum Kind: String, Equatable, Sendable {
    /// Sectors 0 to 1 + S: MBR, header, entries.
    case main
    /// The last 1 + S sectors: entries, header.
    case backup
    /// One behind the other.
    case both
  }

  public let kind: Kind
  public let sectorByteCount: Int
  public let table: GPTTable
  /// Sectors of the disk that the table was made for; `nil` when it does not say.
  public let sectorCount: UInt64?
  /// The first 512 bytes of a main file.
  public let bootSector: [UInt8]?

  /// Files larger than this are disks.
  public static let maximumByteCount: UInt64 = 16 << 20

  /// Reads a file; throws `GPTEditError.noTable` when it holds no valid copy.
  public init(reading file: any RandomAccessBytes) throws {
    let length = try file.length()
    guard length <= Self.maximumByteCount, let unit = try GPTDisk.detectSectorSize(file, length: length) else {
      throw GPTEditError.noTable(primary: .noSignature(lba: 1), backup: .noSignature(lba: 0))
    }
    let total = length / UInt64(unit)
    let hasMain = try GPTDisk.hasSignature(file, at: UInt64(unit), length)
    let hasBackup = try total > 2 && GPTDisk.hasSignature(file, at: (total - 1) * UInt64(unit), length)
    let main = hasMain ? Self.main(file, unit, total) : .failure(.noSignature(lba: 1))
    let backup = hasBackup ? Self.backup(file, unit, total) : .failure(.noSignature(lba: total - 1))
    kind = hasMain ? hasBackup ? .both : .main : .backup
    sectorByteCount = unit
    bootSector = hasMain ? try file.bytes(at: 0, atMost: 512, length: length) : nil
    switch (main, backup) {
    case (.success(let copy), _):
      table = GPTTable(copy, sectorByteCount: unit)
      sectorCount =
        copy.header.alternateLBA == 0 ? nil : copy.header.alternateLBA.addingReportingOverflow(1).partialValue
    case (.failure, .success(let copy)):
      table = GPTTable(copy, sectorByteCount: unit)
      sectorCount = copy.header.myLBA.addingReportingOverflow(1).partialValue
    case (.failure(let one), .failure(let other)): throw GPTEditError.noTable(primary: one, backup: other)
    }
  }

  /// Whether a file of `byteCount` bytes is shorter than the disk that the table describes, so that it is a table alone.
  public func isAlone(in byteCount: UInt64) -> Bool {
    let sectors = byteCount / UInt64(sectorByteCount)
    guard let sectorCount else { return sectors <= 2 * (table.primaryArrayLBA + table.arraySectorCount) }
    return sectors < sectorCount
  }

  private static func main(
    _ file: any RandomAccessBytes, _ unit: Int, _ total: UInt64
  ) -> Result<GPTCopy, GPTDefect> {
    // Generators leave arrays out that are filled up with zeros; what is there counts.
    read { () throws(GPTReadError) in
      try GPTCopy(reading: file, at: 1, sectorByteCount: unit, sectorCount: total)
    }
  }

  /// The entries are at the start of the file, or before the header, whatever LBA it names.
  private static func backup(
    _ file: any RandomAccessBytes, _ unit: Int, _ total: UInt64
  ) -> Result<GPTCopy, GPTDefect> {
    read { () throws(GPTReadError) in
      let sector: [UInt8]
      do throws(ImageError) {
        sector = try file.bytes(at: (total - 1) * UInt64(unit), atMost: unit, length: total * UInt64(unit))
      } catch {
        throw GPTReadError.file(error)
      }
      let header: GPTHeader
      do throws(GPTDefect) { header = try GPTHeader(parsing: sector.rawSpan, at: total - 1) } catch {
        throw GPTReadError.defect(error)
      }
      let sectors = header.arraySectorCount(unit)
      guard sectors < total else {
        throw GPTReadError.defect(.arrayOutside(lba: header.arrayLBA, sectors: sectors, total: total))
      }
      return try GPTCopy(
        reading: file, at: total - 1, sectorByteCount: unit, sectorCount: total, expectedLBA: header.myLBA,
        arrayLBA: total - 1 - sectors)
    }
  }

  private static func read(_ body: () throws(GPTReadError) -> GPTCopy) -> Result<GPTCopy, GPTDefect> {
    do throws(GPTReadError) { return .success(try body()) } catch {
      switch error {
      case .defect(let defect): return .failure(defect)
      case .file: return .failure(.outside(lba: 1))
      }
    }
  }
}
