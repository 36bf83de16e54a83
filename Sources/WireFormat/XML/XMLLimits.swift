/// How much an XML text may hold before it is refused: everything that a hostile file could make grow.
public struct XMLLimits: Equatable, Sendable {
  /// Bytes of the whole text.
  public var byteCount = 64 << 20
  /// Elements inside each other.
  public var depth = 64
  /// Elements in all.
  public var elementCount = 1 << 20
  /// Attributes of one element.
  public var attributeCount = 256
  /// Bytes of one name.
  public var nameByteCount = 1024
  /// Bytes of one attribute value, or of one element's text.
  public var valueByteCount = 1 << 20

  public init() {}

  /// For a message of a device: all of it fits into 64 KiB (`docs/protocols/firehose.md` 1.2).
  public static var message: XMLLimits {
    var limits = XMLLimits()
    limits.byteCount = 64 << 10
    limits.depth = 8
    limits.elementCount = 256
    limits.attributeCount = 64
    limits.valueByteCount = 64 << 10
    return limits
  }
}
