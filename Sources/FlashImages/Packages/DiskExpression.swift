/// A sector number, a size or a value that may depend on the size of the disk, as Qualcomm's descriptors write it.
///
/// ```swift
/// let start = try DiskExpression(parsing: "NUM_DISK_SECTORS-33.")
/// try start.evaluate(sectors: 20480)  // 20447
/// start.text                          // what is sent to the device
/// ```
///
/// Numbers are decimal with or without the dot behind them, hexadecimal with `0x`. `CRC32(s,n)` is the CRC-32 (as in
/// zlib) of `n` bytes from sector `s` on. Arithmetic has 128 bits and never wraps. `-33` alone is `NUM_DISK_SECTORS-33`.
/// Source: `docs/protocols/qualcomm-packages.md` 4, `docs/protocols/firehose.md` 4.5.
public struct DiskExpression: Equatable, Sendable, CustomStringConvertible {
  /// As it was written, without white space around it.
  public let text: String
  /// In postfix order, so that a value is computed without recursion.
  let steps: [Step]

  enum Step: Equatable, Sendable {
    case number(UInt64)
    case sectorCount
    case blockCount
    case add, subtract, multiply, divide
    case checksum
  }

  /// A stretch of the disk that a `CRC32` covers.
  public struct ChecksumRange: Hashable, Sendable {
    /// First sector.
    public var sector: UInt64
    /// Bytes, which need not be whole sectors.
    public var byteCount: UInt64

    public init(sector: UInt64, byteCount: UInt64) {
      self.sector = sector
      self.byteCount = byteCount
    }
  }

  /// The longest text that is looked at, in bytes.
  public static let maximumByteCount = 1024

  public init(parsing text: String) throws(DiskExpressionError) {
    var parser = DiskExpressionParser(text)
    steps = try parser.parse()
    self.text = parser.trimmed
  }

  /// A plain number.
  public init(_ value: UInt64) {
    text = String(value)
    steps = [.number(value)]
  }

  /// `count` sectors before the disk's end, written with the dot as generators write it.
  public static func fromEnd(_ count: UInt64) -> DiskExpression {
    DiskExpression(
      text: "NUM_DISK_SECTORS-\(count).", steps: [.sectorCount, .number(count), .subtract])
  }

  private init(text: String, steps: [Step]) {
    self.text = text
    self.steps = steps
  }

  public var description: String { text }

  /// Whether the value depends on the size of the disk, in sectors or blocks.
  public var usesDiskSize: Bool { steps.contains(.sectorCount) || steps.contains(.blockCount) }

  /// Whether the value depends on what the disk holds.
  public var containsCRC32: Bool { steps.contains(.checksum) }

  /// The value where it depends on nothing; `nil` where it does, or has none.
  public var constant: UInt64? {
    usesDiskSize || containsCRC32 ? nil : try? evaluate(sectors: nil)
  }
}
