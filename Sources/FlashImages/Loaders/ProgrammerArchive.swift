/// A CPIO archive (`newc`) that carries all images of a device that wants several; an entry's name is its image id.
///
/// A header is 110 ASCII characters: the magic `070701` (`070702` with checksums, which are ignored) and 13 fields of
/// eight hexadecimal digits, of which mode (14), filesize (54) and namesize (94) matter. Name and data are each padded to
/// a multiple of four from the archive's start. Source: `docs/protocols/sahara.md` 3.4, `qualcomm-packages.md` 8.3.
public struct ProgrammerArchive: Equatable, Sendable {
  public struct Entry: Equatable, Sendable {
    public var id: UInt32
    /// What stands behind the colon; empty for a bare number.
    public var label: String
    /// In the archive, in bytes.
    public var range: Range<UInt64>
    /// Where the entry's header begins.
    public var headerOffset: UInt64
  }

  public var entries: [Entry]

  private static let headerByteCount = 110
  private static let maximumEntryCount = 256
  private static let trailer = "TRAILER!!!"

  static func isArchive(_ beginning: [UInt8]) -> Bool {
    beginning.starts(with: Array("070701".utf8)) || beginning.starts(with: Array("070702".utf8))
  }

  public init(_ bytes: any RandomAccessBytes) throws(ImageError) {
    let length = try bytes.length()
    entries = []
    var offset: UInt64 = 0
    for _ in 0...Self.maximumEntryCount {
      let header = try CPIOHeader(bytes, at: offset, length: length)
      let name = try Self.name(bytes, header, length: length)
      guard name != Self.trailer else { return }
      if !header.isFolder { try add(name, header, path: bytes.path) }
      offset = header.next
    }
    throw .malformed(
      path: bytes.path, offset: offset, reason: "programmer archive of more than \(Self.maximumEntryCount) entries")
  }

  private static func name(
    _ bytes: any RandomAccessBytes, _ header: CPIOHeader, length: UInt64
  ) throws(ImageError) -> String {
    let name = try bytes.bytes(
      at: header.offset + UInt64(headerByteCount), atMost: Int(header.nameByteCount), length: length)
    guard name.last == 0 else {
      throw .malformed(
        path: bytes.path, offset: header.offset + UInt64(headerByteCount), reason: "archive entry name without NUL")
    }
    return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
  }

  private mutating func add(_ name: String, _ header: CPIOHeader, path: String) throws(ImageError) {
    // What `find | cpio` puts in front.
    let plain = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
    let halves = plain.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard let id = LoaderID.parse(halves[0]), LoaderID.listed.contains(id) else {
      throw .malformed(
        path: path, offset: header.offset, reason: "archive entry “\(plain)”: no image id from 1 to 127")
    }
    guard !entries.contains(where: { $0.id == id }) else {
      throw .malformed(path: path, offset: header.offset, reason: "a second archive entry for image \(id)")
    }
    entries.append(
      Entry(
        id: id, label: halves.count > 1 ? String(halves[1]) : "", range: header.data, headerOffset: header.offset))
  }
}

/// One header, with where its data lie and where the next one begins.
private struct CPIOHeader {
  let offset: UInt64
  let nameByteCount: UInt64
  let isFolder: Bool
  let data: Range<UInt64>
  let next: UInt64

  init(_ bytes: any RandomAccessBytes, at offset: UInt64, length: UInt64) throws(ImageError) {
    func bad(_ place: UInt64, _ reason: String) -> ImageError {
      .malformed(path: bytes.path, offset: place, reason: reason)
    }
    let header = try bytes.bytes(at: offset, atMost: 110, length: length)
    guard header.count == 110 else { throw bad(offset, "truncated archive header") }
    guard ProgrammerArchive.isArchive(header) else { throw bad(offset, "no archive header") }
    func field(_ place: Int) throws(ImageError) -> UInt64 {
      var value: UInt64 = 0
      for digit in header[place..<place + 8] {
        guard let nibble = digit.nibble else {
          throw bad(offset + UInt64(place), "archive field that is not hexadecimal")
        }
        value = value << 4 | UInt64(nibble)
      }
      return value
    }
    self.offset = offset
    nameByteCount = try field(94)
    guard (1...Self.maximumNameByteCount).contains(nameByteCount) else {
      throw bad(offset + 94, "archive entry name of \(nameByteCount) bytes")
    }
    isFolder = try field(14) & 0o170000 == 0o040000
    // All of these are 32 bits wide, and the offset lies inside the file: no sum wraps.
    let start = Self.aligned(offset + 110 + nameByteCount)
    let count = try field(54)
    guard start <= length, length - start >= count else { throw bad(offset + 54, "archive entry ends beyond the file") }
    data = start..<start + count
    next = Self.aligned(start + count)
  }

  private static let maximumNameByteCount: UInt64 = 4096

  private static func aligned(_ offset: UInt64) -> UInt64 { (offset + 3) & ~3 }
}
