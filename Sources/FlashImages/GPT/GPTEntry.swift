import WireFormat

/// An entry of a partition table: 128 bytes or more, of which everything unknown is kept.
///
/// | offset | field     | offset | field                        |
/// |-------:|-----------|-------:|------------------------------|
/// |      0 | type GUID |     40 | last LBA, inclusive          |
/// |     16 | own GUID  |     48 | attributes                   |
/// |     32 | first LBA |     56 | name, 36 UTF-16 units        |
///
/// Source: `docs/protocols/android-images.md` 5.3.
public struct GPTEntry: Equatable, Sendable {
  /// Units of UTF-16 that a name may have.
  public static let maximumNameLength = 36
  /// Bytes that every entry has.
  public static let byteCount = 128

  /// The entry as stored.
  public private(set) var bytes: [UInt8]

  /// An unused entry of `byteCount` bytes, 128 at least.
  public init(byteCount: Int = GPTEntry.byteCount) {
    bytes = [UInt8](repeating: 0, count: max(Self.byteCount, byteCount))
  }

  /// Takes the bytes of an entry; `nil` for fewer than 128.
  public init?(bytes: [UInt8]) {
    guard bytes.count >= Self.byteCount else { return nil }
    self.bytes = bytes
  }

  public var type: GUID {
    get { guid(at: 0) }
    set { replace(0, with: newValue.bytes) }
  }

  public var uniqueGUID: GUID {
    get { guid(at: 16) }
    set { replace(16, with: newValue.bytes) }
  }

  public var firstLBA: UInt64 {
    get { number(at: 32) }
    set { set(newValue, at: 32) }
  }

  /// The last sector of the partition; one before the first for a partition without any.
  public var lastLBA: UInt64 {
    get { number(at: 40) }
    set { set(newValue, at: 40) }
  }

  public var attributes: GPTAttributes {
    get { GPTAttributes(rawValue: number(at: 48)) }
    set { set(newValue.rawValue, at: 48) }
  }

  public var isUsed: Bool { !type.isZero }

  /// Sectors of the partition; 0 also when the range makes no sense.
  public var sectorCount: UInt64 {
    lastLBA >= firstLBA && lastLBA - firstLBA < .max ? lastLBA - firstLBA + 1 : 0
  }

  /// Whether the range is none: it ends more than one sector before it begins.
  public var isBackwards: Bool { firstLBA > lastLBA && firstLBA - lastLBA > 1 }

  /// The name up to the first NUL; halves of surrogate pairs become U+FFFD.
  public var name: String {
    let units = stride(from: 56, to: 128, by: 2).map { UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8 }
    return String(decoding: units.prefix { $0 != 0 }, as: UTF16.self)
  }

  /// Replaces the name, and what was behind its NUL.
  public mutating func rename(_ name: String) throws(GPTEditError) {
    let units = Array(name.utf16)
    guard units.count <= Self.maximumNameLength, !units.contains(0) else { throw .nameTooLong(name) }
    var field: [UInt8] = []
    for unit in units { field.append(littleEndian: unit) }
    field += [UInt8](repeating: 0, count: 2 * Self.maximumNameLength - field.count)
    replace(56, with: field)
  }

  private func guid(at offset: Int) -> GUID { GUID(bytes: Array(bytes[offset..<offset + 16])) ?? .zero }

  private func number(at offset: Int) -> UInt64 {
    bytes[offset..<offset + 8].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private mutating func set(_ value: UInt64, at offset: Int) {
    var field: [UInt8] = []
    field.append(littleEndian: value)
    replace(offset, with: field)
  }

  private mutating func replace(_ offset: Int, with field: [UInt8]) {
    bytes.replaceSubrange(offset..<offset + field.count, with: field)
  }
}
