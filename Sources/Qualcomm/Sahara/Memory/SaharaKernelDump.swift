public import FlashImages
import WireFormat

/// A memory dump that the Linux kernel has collected over MHI: one file with the table of regions and all of them.
///
/// | offset | field       |                                      |
/// |-------:|-------------|--------------------------------------|
/// |      0 | magic       | 1234567890ABCDEF                     |
/// |      8 | version     | 1                                    |
/// |     16 | dump_size   | in bytes                             |
/// |     24 | table_size  | in bytes; the table of 64 bits follows |
///
/// The regions lie behind the table, back to back. Source: `docs/protocols/sahara.md` 5.5.
public struct SaharaKernelDump: Sendable {
  public static let magic: UInt64 = 0x1234_5678_90AB_CDEF
  public static let headerByteCount = 32
  private static let pieceByteCount: UInt64 = 1 << 20

  public let table: SaharaRegionTable
  /// What the header gives as the size of the dump; shown, and not relied on.
  public let dumpByteCount: UInt64
  public var path: String { bytes.path }
  private let bytes: any RandomAccessBytes
  /// Where each region begins in the file.
  private let offsets: [UInt64]
  private let byteCount: UInt64

  /// Whether a file that begins like this is such a dump.
  public static func isKernelDump(_ beginning: [UInt8]) -> Bool {
    (try? beginning.rawSpan.load(littleEndian: UInt64.self, at: 0)) == magic
  }

  /// Throws `ImageError.malformed` when the header or the table is none. A file may end before its last regions do: those
  /// are not `isComplete`.
  public init(_ bytes: any RandomAccessBytes) throws(ImageError) {
    self.bytes = bytes
    byteCount = try bytes.length()
    func bad(_ offset: UInt64, _ reason: String) -> ImageError {
      .malformed(path: bytes.path, offset: offset, reason: reason)
    }
    let header = try bytes.bytes(at: 0, atMost: Self.headerByteCount, length: byteCount)
    guard header.count == Self.headerByteCount, Self.isKernelDump(header) else {
      throw bad(0, "no memory dump of the kernel")
    }
    let fields = stride(from: 8, to: Self.headerByteCount, by: 8).map { place in
      header[place..<place + 8].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    }
    guard fields[0] == 1 else { throw bad(8, "memory dump of version \(fields[0])") }
    dumpByteCount = fields[1]
    guard SaharaRegionTable.isPlausible(byteCount: fields[2], width: .bits64) else {
      throw bad(24, "table of memory regions of \(fields[2]) bytes")
    }
    let start = UInt64(Self.headerByteCount)
    let entries = try bytes.bytes(at: start, atMost: Int(fields[2]), length: byteCount)
    guard UInt64(entries.count) == fields[2] else { throw bad(start, "truncated table of memory regions") }
    do throws(WireError) { table = try SaharaRegionTable(parsing: entries.rawSpan, width: .bits64) } catch {
      throw bad(start, "table of memory regions that makes no sense")
    }
    var offsets: [UInt64] = []
    var offset = start + fields[2]
    for region in table.regions {
      offsets.append(offset)
      let (end, overflows) = offset.addingReportingOverflow(region.length)
      guard !overflows else { throw bad(start, "table of memory regions that makes no sense") }
      offset = end
    }
    self.offsets = offsets
  }

  /// Whether the file has all of a region.
  public func isComplete(_ place: Int) -> Bool {
    offsets[place] <= byteCount && byteCount - offsets[place] >= table.regions[place].length
  }

  /// Hands on the bytes of a region in order.
  ///
  /// Throws `ImageError.malformed` where the file ends before the region does, and `ImageError.cancelled`.
  public func read(_ place: Int, into sink: ([UInt8]) throws(ImageError) -> Void) throws(ImageError) {
    guard isComplete(place) else {
      throw .malformed(path: path, offset: byteCount, reason: "region \(place + 1) is cut off")
    }
    let end = offsets[place] + table.regions[place].length
    var offset = offsets[place]
    while offset < end {
      guard !Task.isCancelled else { throw .cancelled }
      let piece = try bytes.bytes(at: offset, atMost: Int(min(Self.pieceByteCount, end - offset)), length: end)
      try sink(piece)
      offset += UInt64(piece.count)
    }
  }
}
