public import WireFormat

/// One region of memory that a crashed device offers.
///
/// | 32 bits | 64 bits | field           |                                 |
/// |--------:|--------:|-----------------|---------------------------------|
/// |       0 |       0 | save_preference | not 0: dumped by default        |
/// |       4 |       8 | base            |                                 |
/// |       8 |      16 | length          |                                 |
/// |      12 |      24 | description     | 20 bytes, NUL-padded            |
/// |      32 |      44 | file name       | 20 bytes, NUL-padded            |
///
/// Source: `docs/protocols/sahara.md` 5.2.
public struct SaharaRegion: Equatable, Sendable {
  public var savePreference: UInt64
  public var base: UInt64
  /// In bytes.
  public var length: UInt64
  /// As the device wrote it: bytes that are no text are replaced, and anything may be in it.
  public var description: String
  /// As the device wrote it: to be used as a name of a file only by way of `SaharaRegionNames`.
  public var fileName: String

  static let textByteCount = 20

  public init(savePreference: UInt64 = 1, base: UInt64, length: UInt64, description: String, fileName: String) {
    self.savePreference = savePreference
    self.base = base
    self.length = length
    self.description = description
    self.fileName = fileName
  }

  public static func byteCount(_ width: SaharaWidth) -> Int { width == .bits32 ? 52 : 64 }

  /// Whether the device wants it dumped by default.
  public var isPreferred: Bool { savePreference != 0 }

  fileprivate init(parsing bytes: RawSpan, at offset: Int, width: SaharaWidth) throws(WireError) {
    let textOffset: Int
    switch width {
    case .bits32:
      savePreference = UInt64(try bytes.load(littleEndian: UInt32.self, at: offset))
      base = UInt64(try bytes.load(littleEndian: UInt32.self, at: offset + 4))
      length = UInt64(try bytes.load(littleEndian: UInt32.self, at: offset + 8))
      textOffset = offset + 12
    case .bits64:
      savePreference = try bytes.load(littleEndian: UInt64.self, at: offset)
      base = try bytes.load(littleEndian: UInt64.self, at: offset + 8)
      length = try bytes.load(littleEndian: UInt64.self, at: offset + 16)
      textOffset = offset + 24
    }
    description = Self.text(try bytes.copy(Self.textByteCount, at: textOffset))
    fileName = Self.text(try bytes.copy(Self.textByteCount, at: textOffset + Self.textByteCount))
  }

  /// Up to the first NUL; there may be none.
  private static func text(_ field: [UInt8]) -> String { String(decoding: field.prefix { $0 != 0 }, as: UTF8.self) }

  fileprivate func serialize(into bytes: inout [UInt8], width: SaharaWidth) {
    SaharaWords.append([savePreference, base, length], width: width, to: &bytes)
    bytes.append(description, paddedTo: Self.textByteCount)
    bytes.append(fileName, paddedTo: Self.textByteCount)
  }
}

/// The table of regions that a crashed device offers.
public struct SaharaRegionTable: Equatable, Sendable {
  /// The longest table that is read, in bytes.
  public static let maximumByteCount = 64 << 10

  public var width: SaharaWidth
  public var regions: [SaharaRegion]

  public init(width: SaharaWidth, regions: [SaharaRegion]) {
    self.width = width
    self.regions = regions
  }

  /// Throws `WireError.invalid` when the length is no multiple of an entry's or beyond the limit, or when a region
  /// would wrap around the end of the address space.
  public init(parsing bytes: RawSpan, width: SaharaWidth) throws(WireError) {
    let size = SaharaRegion.byteCount(width)
    guard Self.isPlausible(byteCount: UInt64(bytes.byteCount), width: width) else {
      throw .invalid(field: "table length", at: 0, value: UInt64(bytes.byteCount))
    }
    self.init(width: width, regions: [])
    for offset in stride(from: 0, to: bytes.byteCount, by: size) {
      let region = try SaharaRegion(parsing: bytes, at: offset, width: width)
      let lastAddress: UInt64 = width == .bits32 ? UInt64(UInt32.max) : UInt64.max
      guard region.length == 0 || region.length - 1 <= lastAddress - region.base else {
        throw .invalid(field: "region length", at: offset, value: region.length)
      }
      regions.append(region)
    }
  }

  /// Whether a table can have this length: whole entries, at least one, and no more than the limit.
  public static func isPlausible(byteCount: UInt64, width: SaharaWidth) -> Bool {
    byteCount > 0 && byteCount <= UInt64(maximumByteCount) && byteCount % UInt64(SaharaRegion.byteCount(width)) == 0
  }

  public var bytes: [UInt8] {
    var bytes: [UInt8] = []
    for region in regions { region.serialize(into: &bytes, width: width) }
    return bytes
  }
}
