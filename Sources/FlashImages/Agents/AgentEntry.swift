/// An entry of an agent file: the programs for one chip.
///
/// | offset | size | field | offset | size | field |
/// |-------:|-----:|-------|-------:|-----:|-------|
/// |   0x00 |    2 | magic, 0xDADA | 0x0A | 2 | chip evolution |
/// |   0x02 |    2 | hardware code | 0x0C | 4 | feature set |
/// |   0x04 |    2 | hardware sub code | 0x10 | 2 | first region to run |
/// |   0x06 |    2 | hardware version, the lowest | 0x12 | 2 | number of regions |
/// |   0x08 |    2 | software version, the lowest | 0x14 | 20 each | regions |
///
/// The oldest files lack the two fields at 8. Source: `docs/protocols/mtk-da-file.md` 2.
public struct AgentEntry: Equatable, Sendable {
  static let magic: UInt16 = 0xDADA
  static let byteCount = 0xDC
  static let oldByteCount = 0xD8

  /// From 0, in the file; entries that were left out count.
  public let index: Int
  let magic: UInt16
  /// The chip, by the code of agent files, which need not be the chip's own.
  public let hardwareCode: UInt16
  public let hardwareSubCode: UInt16
  public let hardwareVersion: UInt16
  public let softwareVersion: UInt16
  public let featureSet: UInt32
  /// The first region to run.
  public let entryRegionIndex: Int
  let statedRegionCount: Int
  public let regions: [AgentRegion]

  init?(_ fields: AgentFields, at place: Int, index: Int, isOld: Bool) {
    let shift = isOld ? -4 : 0
    guard fields.has(place, 0x14 + shift) else { return nil }
    self.index = index
    magic = fields.half(place)
    hardwareCode = fields.half(place + 2)
    hardwareSubCode = fields.half(place + 4)
    hardwareVersion = fields.half(place + 6)
    softwareVersion = isOld ? 0 : fields.half(place + 8)
    featureSet = fields.word(place + 0x0C + shift)
    entryRegionIndex = Int(fields.half(place + 0x10 + shift))
    statedRegionCount = Int(fields.half(place + 0x12 + shift))
    regions = (0..<min(statedRegionCount, AgentArchive.maximumRegionCount)).compactMap { number in
      AgentRegion(fields, at: place + 0x14 + shift + number * AgentRegion.byteCount)
    }
  }

  /// What its regions are for, one each.
  ///
  /// `isEPP` tells of a region's first bytes whether they are those of an environment program: a GFH of file type 7.
  /// Source: `docs/protocols/mtk-da-file.md` 3.
  public func roles(isEPP: (AgentRegion) -> Bool) -> [AgentRegion.Role] {
    if regions.count == 3 {
      let isDuplicate = regions[0].offset == regions[1].offset && regions[0].byteCount == regions[1].byteCount
      return [isDuplicate ? .duplicate : isEPP(regions[0]) ? .environment : .other, .stage1, .stage2]
    }
    return regions.enumerated().map { number, region in
      if region.byteCount == 0 { return .empty }
      if number < entryRegionIndex { return number == 0 ? .environment : .other }
      if number == entryRegionIndex { return .stage1 }
      switch region.loadAddress {
      case 0xF000_0000: return .flashTable
      case 0xF100_0000: return .terminator
      default: return number == entryRegionIndex + 1 ? .stage2 : .other
      }
    }
  }

  /// The region to start, and the one that it is given; `nil` where the entry has none.
  ///
  /// Of three regions they are the second and the third, in all generations.
  public var stages: (first: Int?, second: Int?) {
    let roles = roles { _ in false }
    return (roles.firstIndex(of: .stage1), roles.firstIndex(of: .stage2))
  }
}

/// A region of an entry: a program, or a table.
///
/// | offset | size | field |
/// |-------:|-----:|-------|
/// |      0 |    4 | file offset |
/// |      4 |    4 | length, signature included |
/// |      8 |    4 | load address |
/// |     12 |    4 | place of the signature: in the region, or in the file (V6) |
/// |     16 |    4 | length of the signature, 0 for none |
///
/// Source: `docs/protocols/mtk-da-file.md` 2.
public struct AgentRegion: Equatable, Sendable {
  public enum Role: String, Equatable, Sendable {
    /// Sets up memory before anything else (EPP); phones never need it.
    case environment = "EPP"
    /// Runs from the chip's own memory.
    case stage1 = "DA1"
    /// Runs from DRAM and knows the storage.
    case stage2 = "DA2"
    /// The same bytes as the first stage.
    case duplicate = "duplicate of DA1"
    /// Flash chips that the agent knows.
    case flashTable = "flash table"
    case terminator
    case empty
    case other
  }

  static let byteCount = 20

  public let offset: UInt32
  /// The signature included.
  public let byteCount: UInt32
  public let loadAddress: UInt32
  public let signaturePosition: UInt32
  public let signatureByteCount: UInt32

  init?(_ fields: AgentFields, at place: Int) {
    guard fields.has(place, Self.byteCount) else { return nil }
    offset = fields.word(place)
    byteCount = fields.word(place + 4)
    loadAddress = fields.word(place + 8)
    signaturePosition = fields.word(place + 12)
    signatureByteCount = fields.word(place + 16)
  }

  /// In the file.
  public var range: Range<UInt64>? { UInt64(offset)..<UInt64(offset) + UInt64(byteCount) }

  public var isSigned: Bool { signatureByteCount > 0 }

  /// Without the signature, which is always the tail. A signature longer than the region leaves nothing.
  public var unsignedByteCount: UInt32 { byteCount - min(signatureByteCount, byteCount) }

  /// Both conventions are met with: relative to the region, and absolute.
  var hasPlausibleSignaturePosition: Bool {
    let relative = UInt64(unsignedByteCount)
    return UInt64(signaturePosition) == relative || UInt64(signaturePosition) == UInt64(offset) + relative
  }
}
