import WireFormat

/// How the ELF core file of a minidump is put together from regions.
///
/// A region whose description begins with `md_KELF` is a complete ELF64 core header; the regions that its segments name by
/// their physical addresses follow in the order of the program headers. Source: `docs/protocols/sahara.md` 5.4.
public struct Minidump: Equatable, Sendable {
  public static let fileName = "minidump.elf"

  /// What comes next in the file.
  public enum Piece: Equatable, Sendable {
    /// The first `length` bytes of a region.
    case region(Int, length: UInt64)
    case zeros(UInt64)
  }

  public enum Failure: Error, Equatable, Sendable {
    /// The region `md_KELF` is no ELF64 core header; `reason` names the field.
    case malformed(reason: String)
  }

  public var pieces: [Piece] = []
  /// Physical addresses of segments that no region has; their place is filled with zeros.
  public var missing: [UInt64] = []

  /// The longest KELF region that is looked at, in bytes.
  public static let maximumHeaderByteCount: UInt64 = 4 << 20
  /// The most zeros that one segment is filled up with, in bytes.
  static let maximumFill: UInt64 = 64 << 20

  /// The region that holds the ELF header; `nil` when the device has no minidump.
  public static func header(in regions: [SaharaRegion]) -> Int? {
    regions.firstIndex { $0.description.hasPrefix("md_KELF") && $0.length <= maximumHeaderByteCount }
  }

  /// `available` are the regions that were dumped, by their places in the table.
  public init(
    header index: Int, bytes: [UInt8], regions: [SaharaRegion], available: Set<Int>
  ) throws(Failure) {
    let segments = try Self.segments(bytes)
    pieces = [.region(index, length: UInt64(bytes.count))]
    let addresses = Set(segments.filter(\.isLoad).map(\.address))
    let note = available.sorted().first { place in
      place != index && regions[place].description.hasPrefix("md_K") && !addresses.contains(regions[place].base)
    }
    if let note { pieces.append(.region(note, length: regions[note].length)) }
    for segment in segments where segment.isLoad {
      let place = available.sorted().first { regions[$0].base == segment.address && $0 != index }
      let length = min(place.map { regions[$0].length } ?? 0, segment.fileByteCount)
      if let place, length > 0 { pieces.append(.region(place, length: length)) }
      if place == nil { missing.append(segment.address) }
      let rest = segment.fileByteCount - length
      guard rest <= Self.maximumFill else { throw .malformed(reason: "p_filesz") }
      if rest > 0 { pieces.append(.zeros(rest)) }
    }
  }

  /// A program header, as far as it matters here.
  private struct Segment {
    var isLoad: Bool
    var address: UInt64
    var fileByteCount: UInt64
  }

  private static let headerByteCount = 56

  private static func segments(_ bytes: [UInt8]) throws(Failure) -> [Segment] {
    let span = bytes.rawSpan
    do {
      guard try span.load(bigEndian: UInt32.self, at: 0) == 0x7F45_4C46 else {
        throw Failure.malformed(reason: "magic")
      }
      guard try span.byte(at: 4) == 2, try span.byte(at: 5) == 1 else { throw Failure.malformed(reason: "class") }
      guard try span.load(littleEndian: UInt16.self, at: 16) == 4 else { throw Failure.malformed(reason: "e_type") }
      guard try span.load(littleEndian: UInt16.self, at: 54) == UInt16(headerByteCount) else {
        throw Failure.malformed(reason: "e_phentsize")
      }
      let start = try span.load(littleEndian: UInt64.self, at: 32)
      let count = Int(try span.load(littleEndian: UInt16.self, at: 56))
      guard start <= UInt64(bytes.count), UInt64(bytes.count) - start >= UInt64(count * headerByteCount) else {
        throw Failure.malformed(reason: "e_phoff")
      }
      var segments: [Segment] = []
      for index in 0..<count {
        let offset = Int(start) + index * headerByteCount
        segments.append(
          Segment(
            isLoad: try span.load(littleEndian: UInt32.self, at: offset) == 1,
            address: try span.load(littleEndian: UInt64.self, at: offset + 24),
            fileByteCount: try span.load(littleEndian: UInt64.self, at: offset + 32)))
      }
      return segments
    } catch let failure as Failure {
      throw failure
    } catch {
      throw .malformed(reason: "truncated")
    }
  }
}
