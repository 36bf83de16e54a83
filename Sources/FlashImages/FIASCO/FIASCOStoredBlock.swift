/// A block as it stands in a file: its type and its bytes, whatever they mean.
///
/// `block` is the meaning, read tolerantly; writing this value gives the same bytes again, so that packed revision
/// lists, missing NULs and text that is not UTF-8 survive a re-write (`docs/protocols/fiasco.md` 4.6).
public struct FIASCOStoredBlock: Equatable, Hashable, Sendable {
  /// The most data a block can hold, in bytes.
  public static let maximumByteCount = 255

  public var type: UInt8
  /// The bytes after the length byte, at most 255.
  public var data: [UInt8]

  /// Data beyond 255 bytes cannot be expressed and is cut: writers check their limits first.
  public init(type: UInt8, data: [UInt8]) {
    self.type = type
    self.data = Array(data.prefix(Self.maximumByteCount))
  }

  /// The canonical form of a block.
  public init(_ block: FIASCOBlock) { self.init(type: block.type, data: block.data) }

  /// What the block means; damaged and unknown ones are `FIASCOBlock.other`.
  public var block: FIASCOBlock { FIASCOBlock(type: type, data: data, lenient: true) }

  /// Bytes of the whole block.
  public var byteCount: Int { 2 + data.count }

  /// Appends type, length and data.
  public func serialize(into bytes: inout [UInt8]) {
    bytes.append(type)
    bytes.append(UInt8(data.count))
    bytes.append(contentsOf: data)
  }
}
