import WireFormat

/// The body of MEMORY_DEBUG (where the region table lies) and MEMORY_READ (what the host wants), in both widths.
///
/// | 32 bits | 64 bits | field   |
/// |--------:|--------:|---------|
/// |       8 |       8 | address |
/// |      12 |      16 | length  |
///
/// Source: `docs/protocols/sahara.md` 2.3.
public struct SaharaMemoryRange: Equatable, Sendable {
  public var width: SaharaWidth
  public var address: UInt64
  /// In bytes.
  public var length: UInt64

  public init(width: SaharaWidth, address: UInt64, length: UInt64) {
    self.width = width
    self.address = address
    self.length = length
  }

  init(parsing bytes: RawSpan, width: SaharaWidth) throws(WireError) {
    let fields = try SaharaWords.load(bytes, count: 2, width: width)
    self.init(width: width, address: fields[0], length: fields[1])
  }

  func serialize(into bytes: inout [UInt8]) {
    SaharaWords.append([address, length], width: width, to: &bytes)
  }
}
