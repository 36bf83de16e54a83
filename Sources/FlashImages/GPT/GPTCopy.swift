import WireFormat

/// One copy of a partition table, as read: its header and entries, whose checksums fit.
///
/// Whoever reads from a device fetches the header's sector first, then the sectors of `GPTHeader.arrayLBA`.
public struct GPTCopy: Equatable, Sendable {
  public let header: GPTHeader
  public let entries: [GPTEntry]
  /// The checksum of the entries was computed over whole sectors, as some generators do.
  public let checksumCoversSectors: Bool
  /// Whether the checksums fit; always so unless damaged tables were asked for.
  public let isVerified: Bool

  /// Checks the entries against the header; `array` is whole sectors from the header's array LBA on.
  public init(header: GPTHeader, array: [UInt8], verifiesChecksum: Bool = true) throws(GPTDefect) {
    guard array.count >= header.arrayByteCount else {
      throw .arrayOutside(lba: header.arrayLBA, sectors: 0, total: 0)
    }
    self.header = header
    let size = Int(header.entryByteCount)
    let exact = Array(array[..<header.arrayByteCount])
    entries = (0..<Int(header.entryCount)).compactMap { GPTEntry(bytes: Array(exact[$0 * size..<($0 + 1) * size])) }
    let computed = CRC32(of: exact.rawSpan).value
    let fits = computed == header.arrayChecksum
    checksumCoversSectors = !fits && array.count > exact.count && CRC32(of: array.rawSpan).value == header.arrayChecksum
    isVerified = fits || checksumCoversSectors
    guard isVerified || !verifiesChecksum else {
      throw .arrayChecksum(stored: header.arrayChecksum, computed: computed)
    }
  }

  /// Reads the copy whose header lies at `lba` of a disk of `sectorCount` sectors.
  ///
  /// `arrayLBA` overrides what the header says, for files that hold a copy alone.
  public init(
    reading disk: any RandomAccessBytes, at lba: UInt64, sectorByteCount: Int, sectorCount: UInt64,
    expectedLBA: UInt64? = nil, arrayLBA: UInt64? = nil, verifiesChecksum: Bool = true
  ) throws(GPTReadError) {
    let header = try Self.header(
      of: disk, at: lba, sectorByteCount: sectorByteCount, sectorCount: sectorCount, verifies: verifiesChecksum)
    let expected = expectedLBA ?? lba
    guard header.myLBA == expected || !verifiesChecksum else {
      throw .defect(.wrongLBA(stored: header.myLBA, expected: expected))
    }
    let start = arrayLBA ?? header.arrayLBA
    let sectors = header.arraySectorCount(sectorByteCount)
    guard start < sectorCount, sectors <= sectorCount - start else {
      throw .defect(.arrayOutside(lba: start, sectors: sectors, total: sectorCount))
    }
    // At most 4 MiB and a sector.
    let count = Int(sectors) * sectorByteCount
    let array: [UInt8]
    do throws(ImageError) {
      array = try disk.bytes(
        at: start * UInt64(sectorByteCount), atMost: count, length: sectorCount * UInt64(sectorByteCount))
    } catch {
      throw .file(error)
    }
    do throws(GPTDefect) { try self.init(header: header, array: array, verifiesChecksum: verifiesChecksum) } catch {
      throw .defect(error)
    }
  }

  private static func header(
    of disk: any RandomAccessBytes, at lba: UInt64, sectorByteCount: Int, sectorCount: UInt64, verifies: Bool
  ) throws(GPTReadError) -> GPTHeader {
    guard lba < sectorCount else { throw .defect(.outside(lba: lba)) }
    let sector: [UInt8]
    do throws(ImageError) {
      sector = try disk.bytes(
        at: lba * UInt64(sectorByteCount), atMost: sectorByteCount, length: sectorCount * UInt64(sectorByteCount))
    } catch {
      throw .file(error)
    }
    do throws(GPTDefect) {
      return try GPTHeader(parsing: sector.rawSpan, at: lba, verifiesChecksum: verifies)
    } catch {
      throw .defect(error)
    }
  }
}

/// A table that is not valid, or a disk that cannot be read.
public enum GPTReadError: Error, Equatable, Sendable {
  case defect(GPTDefect)
  case file(ImageError)
}
