import WireFormat

/// The header of a GUID partition table; one sector, of which the first 92 bytes count.
///
/// | offset | field                | offset | field                          |
/// |-------:|----------------------|-------:|--------------------------------|
/// |      0 | `EFI PART`           |     48 | last usable LBA                |
/// |      8 | revision             |     56 | disk GUID                      |
/// |     12 | header size          |     72 | array LBA                      |
/// |     16 | header CRC-32        |     80 | number of entries              |
/// |     24 | LBA of this copy     |     84 | size of an entry               |
/// |     32 | LBA of the other     |     88 | CRC-32 of the entries          |
/// |     40 | first usable LBA     |        |                                |
///
/// Source: `docs/protocols/android-images.md` 5.2.
public struct GPTHeader: Equatable, Sendable {
  public static let signature = Array("EFI PART".utf8)
  public static let byteCount = 92
  /// More than anybody uses, and few enough to hold.
  public static let maximumEntryCount: UInt32 = 1024
  public static let entrySizes: ClosedRange<UInt32> = 128...4096

  public var revision: UInt32 = 0x0001_0000
  public var myLBA: UInt64
  public var alternateLBA: UInt64
  public var firstUsableLBA: UInt64
  public var lastUsableLBA: UInt64
  public var diskGUID: GUID
  public var arrayLBA: UInt64
  public var entryCount: UInt32
  public var entryByteCount: UInt32
  public var arrayChecksum: UInt32
  /// Bytes behind the 92nd that the header size covers; kept as they are.
  public var extra: [UInt8] = []

  public init(
    myLBA: UInt64, alternateLBA: UInt64, firstUsableLBA: UInt64, lastUsableLBA: UInt64, diskGUID: GUID,
    arrayLBA: UInt64, entryCount: UInt32, entryByteCount: UInt32, arrayChecksum: UInt32
  ) {
    self.myLBA = myLBA
    self.alternateLBA = alternateLBA
    self.firstUsableLBA = firstUsableLBA
    self.lastUsableLBA = lastUsableLBA
    self.diskGUID = diskGUID
    self.arrayLBA = arrayLBA
    self.entryCount = entryCount
    self.entryByteCount = entryByteCount
    self.arrayChecksum = arrayChecksum
  }

  /// Reads and checks a header's sector, except for its place; `lba` is where it was read.
  ///
  /// `verifiesChecksum: false` is for looking at tables that are damaged.
  public init(parsing sector: RawSpan, at lba: UInt64, verifiesChecksum: Bool = true) throws(GPTDefect) {
    let size: UInt32
    do throws(WireError) {
      guard try sector.copy(8, at: 0) == Self.signature else {
        throw WireError.invalid(field: "signature", at: 0, value: 0)
      }
      revision = try sector.load(littleEndian: UInt32.self, at: 8)
      size = try sector.load(littleEndian: UInt32.self, at: 12)
      myLBA = try sector.load(littleEndian: UInt64.self, at: 24)
      alternateLBA = try sector.load(littleEndian: UInt64.self, at: 32)
      firstUsableLBA = try sector.load(littleEndian: UInt64.self, at: 40)
      lastUsableLBA = try sector.load(littleEndian: UInt64.self, at: 48)
      diskGUID = try GUID(parsing: sector, at: 56)
      arrayLBA = try sector.load(littleEndian: UInt64.self, at: 72)
      entryCount = try sector.load(littleEndian: UInt32.self, at: 80)
      entryByteCount = try sector.load(littleEndian: UInt32.self, at: 84)
      arrayChecksum = try sector.load(littleEndian: UInt32.self, at: 88)
    } catch {
      throw .noSignature(lba: lba)
    }
    guard size >= Self.byteCount, Int(size) <= sector.byteCount, let all = try? sector.copy(Int(size), at: 0) else {
      throw .headerSize(size)
    }
    extra = Array(all[Self.byteCount...])
    if verifiesChecksum { try Self.verify(all) }
    guard entryCount <= Self.maximumEntryCount else { throw .entryCount(entryCount) }
    guard Self.entrySizes.contains(entryByteCount), entryByteCount % 8 == 0 else { throw .entrySize(entryByteCount) }
  }

  private static func verify(_ header: [UInt8]) throws(GPTDefect) {
    var blanked = header
    blanked.replaceSubrange(16..<20, with: [0, 0, 0, 0])
    let computed = CRC32(of: blanked.rawSpan).value
    let stored = (try? header.rawSpan.load(littleEndian: UInt32.self, at: 16)) ?? 0
    guard stored == computed else { throw .headerChecksum(stored: stored, computed: computed) }
  }

  /// The header's bytes with the checksum that fits, without the zeros that fill the sector.
  public var bytes: [UInt8] {
    var bytes = Self.signature
    bytes.append(littleEndian: revision)
    bytes.append(littleEndian: UInt32(Self.byteCount + extra.count))
    bytes.append(littleEndian: UInt64(0))
    for field in [myLBA, alternateLBA, firstUsableLBA, lastUsableLBA] { bytes.append(littleEndian: field) }
    bytes += diskGUID.bytes
    bytes.append(littleEndian: arrayLBA)
    for field in [entryCount, entryByteCount, arrayChecksum] { bytes.append(littleEndian: field) }
    bytes += extra
    var checksum: [UInt8] = []
    checksum.append(littleEndian: CRC32(of: bytes.rawSpan).value)
    bytes.replaceSubrange(16..<20, with: checksum)
    return bytes
  }

  /// Bytes of all entries; at most 4 MiB.
  public var arrayByteCount: Int { Int(entryCount) * Int(entryByteCount) }

  /// Sectors that the entries take.
  public func arraySectorCount(_ sectorByteCount: Int) -> UInt64 {
    UInt64((arrayByteCount + sectorByteCount - 1) / sectorByteCount)
  }

  /// Whether the table waits for a patch that tells it the size of its disk, as generators of packages leave it.
  public var isUnpatched: Bool { alternateLBA == 0 && lastUsableLBA == 0 }
}
