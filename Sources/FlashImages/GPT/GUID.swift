import WireFormat

/// A GUID as partition tables store it: the first three groups little-endian, the rest as written.
///
/// Source: `docs/protocols/android-images.md` 5.3.
public struct GUID: Hashable, Sendable {
  /// The 16 bytes as on disk.
  public let bytes: [UInt8]

  public static let zero = GUID(uncheckedBytes: [UInt8](repeating: 0, count: 16))
  /// Linux file system data, the usual type of a partition that needs no other.
  public static let linuxData = GUID(uncheckedBytes: [
    0xAF, 0x3D, 0xC6, 0x0F, 0x83, 0x84, 0x72, 0x47, 0x8E, 0x79, 0x3D, 0x69, 0xD8, 0x47, 0x7D, 0xE4,
  ])
  /// Microsoft basic data, which generators of vendor tables like.
  public static let basicData = GUID(uncheckedBytes: [
    0xA2, 0xA0, 0xD0, 0xEB, 0xE5, 0xB9, 0x33, 0x44, 0x87, 0xC0, 0x68, 0xB6, 0xB7, 0x26, 0x99, 0xC7,
  ])

  /// EFI system partition, which firmware starts from. Source: UEFI specification 5.3.3.
  public static let efiSystem = GUID(uncheckedBytes: [
    0x28, 0x73, 0x2A, 0xC1, 0x1F, 0xF8, 0xD2, 0x11, 0xBA, 0x4B, 0x00, 0xA0, 0xC9, 0x3E, 0xC9, 0x3B,
  ])

  private init(uncheckedBytes: [UInt8]) { bytes = uncheckedBytes }

  /// `nil` unless there are 16 bytes.
  public init?(bytes: [UInt8]) {
    guard bytes.count == 16 else { return nil }
    self.bytes = bytes
  }

  init(parsing span: RawSpan, at offset: Int) throws(WireError) { bytes = try span.copy(16, at: offset) }

  /// `0FC63DAF-8483-4772-8E79-3D69D8477DE4`, in either case; `nil` for anything else.
  public init?(_ text: String) {
    let groups = text.split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
    let parsed = groups.compactMap { Hex.bytes($0) }
    guard parsed.map(\.count) == [4, 2, 2, 2, 6] else { return nil }
    bytes = parsed[..<3].flatMap { $0.reversed() } + parsed[3] + parsed[4]
  }

  /// A GUID of version 4 that is the same for the same text, for storage that is made up.
  public init(derivedFrom text: String) {
    // SplitMix64 over an FNV-1a hash: no cryptography, only bits that differ for different names.
    var state: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { state = (state ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var bytes: [UInt8] = []
    for _ in 0..<2 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var mixed = state
      mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
      mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
      bytes.append(littleEndian: mixed ^ mixed >> 31)
    }
    self.init(asVersion4: bytes)
  }

  /// A random GUID of version 4.
  public static func random() -> GUID { GUID(asVersion4: (0..<16).map { _ in UInt8.random(in: 0...255) }) }

  private init(asVersion4 random: [UInt8]) {
    var bytes = random
    bytes[7] = bytes[7] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    self.bytes = bytes
  }

  public var isZero: Bool { self == .zero }
}

extension GUID: CustomStringConvertible {
  public var description: String {
    let order: [ArraySlice<UInt8>] = [
      [bytes[3], bytes[2], bytes[1], bytes[0]], [bytes[5], bytes[4]], [bytes[7], bytes[6]], bytes[8..<10],
      bytes[10..<16],
    ]
    return order.map { Hex.string($0) }.joined(separator: "-")
  }
}
