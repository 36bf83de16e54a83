import FlashImages
import Qualcomm
import WireFormat

/// The memory that a crashed device shows: a table of regions, and what is in them.
struct SaharaMemory: Sendable {
  /// What a region holds.
  enum Content: Sendable {
    /// Bytes that follow from their address.
    case pattern
    case bytes([UInt8])
    /// As long as it is; behind its end there are zeros.
    case file(RegularFile)
  }

  struct Region: Sendable {
    var entry: SaharaRegion
    var content: Content
  }

  var tableAddress: UInt64
  var width: SaharaWidth
  var regions: [Region]

  var table: SaharaRegionTable { SaharaRegionTable(width: width, regions: regions.map(\.entry)) }

  /// Whether a read lies in the table or in one region.
  func allows(_ range: SaharaMemoryRange) -> Bool {
    guard range.length > 0, range.length - 1 <= UInt64.max - range.address else { return false }
    let end = range.address &+ (range.length - 1)
    func contains(_ base: UInt64, _ length: UInt64) -> Bool {
      length > 0 && range.address >= base && end <= base &+ (length - 1)
    }
    return contains(tableAddress, UInt64(table.bytes.count))
      || regions.contains { contains($0.entry.base, $0.entry.length) }
  }

  /// The bytes of a range that `allows` has allowed.
  func bytes(at address: UInt64, count: Int) throws(ImageError) -> [UInt8] {
    let table = table.bytes
    if address >= tableAddress, address - tableAddress < UInt64(table.count) {
      return Array(table[Int(address - tableAddress)...].prefix(count))
    }
    guard let region = regions.first(where: { address >= $0.entry.base && address - $0.entry.base < $0.entry.length })
    else { return [UInt8](repeating: 0, count: count) }
    let offset = address - region.entry.base
    switch region.content {
    case .pattern: return Self.pattern(at: address, count: count)
    case .bytes(let bytes):
      let there = offset < UInt64(bytes.count) ? Array(bytes[Int(offset)...].prefix(count)) : []
      return there + [UInt8](repeating: 0, count: count - there.count)
    case .file(let file):
      let length = try file.length()
      let available = Int(min(UInt64(count), offset < length ? length - offset : 0))
      return try file.bytes(at: offset, count: available) + [UInt8](repeating: 0, count: count - available)
    }
  }

  /// Each eight bytes tell where they belong, so that a piece in a wrong place is seen.
  static func pattern(at address: UInt64, count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + 8)
    var word = address & ~7
    while bytes.count < count + Int(address & 7) {
      bytes.append(littleEndian: word ^ (word >> 13) &* 0x9E37_79B9_7F4A_7C15)
      word &+= 8
    }
    return Array(bytes[Int(address & 7)...].prefix(count))
  }
}
