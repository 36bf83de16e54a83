/// The settings for one memory chip.
///
/// Source: `docs/protocols/mtk-da-file.md` 8.3.
public struct EMIRecord: Equatable, Sendable {
  /// What shares the package with the memory.
  public enum Package: Equatable, Sendable {
    case discrete
    case nand
    case emmc
    case ufs
    case unknown(UInt8)
  }

  /// Where the fields lie, which depends on the version.
  enum Layout: Equatable {
    case new([Int])
    case oldA
    case oldB
    case short

    /// `nil` for a version that nobody has described.
    init?(version: Int) {
      switch version {
      case 8: self = .oldA
      case 11, 14: self = .oldB
      case 49...52: self = .short
      default:
        guard let sizes = Self.sizes[version] else { return nil }
        self = .new(sizes)
      }
    }

    /// Bytes of a record: the size by which the number of records comes out, else the usual one.
    func byteCount(for room: Int, count: UInt32) -> Int {
      let candidates: [Int] =
        switch self {
        case .new(let sizes): sizes
        case .oldA: [136]
        case .oldB: [168]
        case .short: [84]
        }
      return candidates.first { UInt64($0) * UInt64(count) == UInt64(room) } ?? candidates[0]
    }

    var typeOffset: Int { if case .new = self { 4 } else { 0 } }

    var identityLengthOffset: Int {
      switch self {
      case .new: 8
      case .oldA: 0x6C
      case .oldB: 0x14
      case .short: 4
      }
    }

    var identityOffset: Int {
      switch self {
      case .new: 0x10
      case .oldA, .oldB: 4
      case .short: 8
      }
    }

    private static let sizes: [Int: [Int]] = {
      var sizes: [Int: [Int]] = [0: [140, 188], 10: [184], 24: [164], 25: [160, 144], 28: [144]]
      for version in [12, 13, 16, 20, 21, 27, 32] { sizes[version] = [188] }
      for version in [15, 17, 22] { sizes[version] = [176] }
      for version in [30, 31, 35, 36, 38, 39, 40, 45, 46, 47] { sizes[version] = [160] }
      return sizes
    }()
  }

  /// The low byte is the kind of memory, the next one what shares its package.
  public let type: UInt32
  /// The identity of the storage in the same package: the beginning of a CID, a NAND's id, a UFS product's name. Empty
  /// for discrete memory.
  public let identity: [UInt8]
  public let bytes: [UInt8]

  init(_ fields: AgentFields, at place: Int, byteCount: Int, layout: Layout) {
    bytes = fields.slice(place, byteCount)
    type = fields.word(place + layout.typeOffset)
    let length = min(16, Int(clamping: fields.word(place + layout.identityLengthOffset)))
    identity = fields.slice(place + layout.identityOffset, length)
  }

  public var memoryName: String {
    switch type & 0xFF {
    case 1: "LPDDR"
    case 2: "LPDDR2"
    case 3: "LPDDR3"
    case 4: "PC-DDR3"
    case 5: "LPDDR4"
    case 6: "LPDDR4X"
    default: "memory \(hexadecimal(type & 0xFF))"
    }
  }

  public var package: Package {
    switch UInt8(truncatingIfNeeded: type >> 8) {
    case 0: .discrete
    case 1: .nand
    case 2: .emmc
    case 3: .ufs
    case let other: .unknown(other)
    }
  }

  /// The name in the identity: `QE13MB` of an eMMC, the product of a UFS; `nil` for others.
  public var name: String? {
    let text: ArraySlice<UInt8>
    switch package {
    case .emmc where identity.count > 3: text = identity[3...]
    case .ufs: text = identity[...]
    default: return nil
    }
    guard text.allSatisfy({ (0x20...0x7E).contains($0) }), !text.isEmpty else { return nil }
    return String(decoding: text, as: UTF8.self)
  }

  /// Whether the identity is that of a storage, by the bytes that an agent reports: as they come, or with each word's bytes
  /// reversed.
  public func matches(_ reported: [UInt8]) -> Bool {
    guard !identity.isEmpty else { return false }
    let reversed = stride(from: 0, to: reported.count, by: 4).flatMap { start in
      reported[start..<min(start + 4, reported.count)].reversed()
    }
    return reported.starts(with: identity) || reversed.starts(with: identity)
  }
}
