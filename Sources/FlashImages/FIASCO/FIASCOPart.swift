public import WireFormat

/// The block 34: a stretch of the image data with an optional name (a partition's prefix in the layout).
///
/// Offset and size are 64-bit here; the files known so far have zero upper halves (4.4).
public struct FIASCOPart: Equatable, Sendable {
  public var offset: UInt64
  public var size: UInt64
  public var name: String

  public init(offset: UInt64, size: UInt64, name: String = "") {
    self.offset = offset
    self.size = size
    self.name = name
  }

  /// Reads the data of the block.
  public init(parsing data: RawSpan) throws(WireError) {
    offset = try data.load(bigEndian: UInt64.self, at: 0)
    size = try data.load(bigEndian: UInt64.self, at: 8)
    name = String(decoding: try data.copy(data.byteCount - 16, at: 16), as: UTF8.self)
  }

  /// Appends the data of the block.
  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(bigEndian: offset)
    bytes.append(bigEndian: size)
    bytes.append(contentsOf: name.utf8)
  }
}
