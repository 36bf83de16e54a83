import WireFormat

/// Where an archive's directory lies, from the record at its end.
///
/// Source: APPNOTE.TXT 4.3.14 to 4.3.16.
struct ZIPEndRecord: Equatable {
  let directoryOffset: UInt64
  let memberCount: Int

  private static let byteCount = 22
  /// The longest comment behind the record.
  private static let maximumCommentLength = 65535

  init(reading file: any RandomAccessBytes, length: UInt64) throws(ImageError) {
    let size = UInt64(Self.byteCount + Self.maximumCommentLength)
    let start = length > size ? length - size : 0
    let tail = try file.bytes(at: start, atMost: Int(size), length: length)
    guard let place = Self.find(in: tail) else {
      throw .zip(path: file.path, offset: start, .noEndRecord)
    }
    let record = Array(tail[place...])
    let offset = start + UInt64(place)
    var count = UInt64(Self.number(record, 10, 2))
    var directory = UInt64(Self.number(record, 16, 4))
    guard Self.number(record, 4, 2) == Self.number(record, 6, 2) else {
      throw .zip(path: file.path, offset: offset, .multipleDisks)
    }
    if count == 0xFFFF || directory == 0xFFFF_FFFF, let large = try Self.large(file, before: offset, length: length) {
      (count, directory) = large
    }
    guard count <= UInt64(ZIPArchive.maximumMemberCount) else {
      throw .zip(path: file.path, offset: offset, .tooManyMembers(count, limit: ZIPArchive.maximumMemberCount))
    }
    guard directory <= offset else { throw .zip(path: file.path, offset: offset, .outside) }
    directoryOffset = directory
    memberCount = Int(count)
  }

  /// The last signature behind which exactly the comment follows.
  private static func find(in tail: [UInt8]) -> Int? {
    guard tail.count >= byteCount else { return nil }
    return stride(from: tail.count - byteCount, through: 0, by: -1).first { place in
      tail[place] == 0x50 && number(tail, place, 4) == 0x0605_4B50
        && Int(number(tail, place + 20, 2)) == tail.count - place - byteCount
    }
  }

  /// The number of members and the directory's offset of ZIP64.
  private static func large(
    _ file: any RandomAccessBytes, before offset: UInt64, length: UInt64
  ) throws(ImageError) -> (UInt64, UInt64)? {
    guard offset >= 20 else { return nil }
    let locator = try file.bytes(at: offset - 20, atMost: 20, length: length)
    guard number(locator, 0, 4) == 0x0706_4B50 else { return nil }
    let place = number(locator, 8, 8)
    guard place < offset else { throw .zip(path: file.path, offset: offset - 20, .outside) }
    let record = try file.bytes(at: place, atMost: 56, length: length)
    guard record.count == 56, number(record, 0, 4) == 0x0606_4B50 else {
      throw .zip(path: file.path, offset: place, .noEndRecord)
    }
    return (number(record, 32, 8), number(record, 48, 8))
  }

  /// A little-endian number; 0 where the bytes end before.
  static func number(_ bytes: [UInt8], _ offset: Int, _ width: Int) -> UInt64 {
    guard offset >= 0, offset + width <= bytes.count else { return 0 }
    return bytes[offset..<offset + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

/// The fixed part of an entry of the directory; APPNOTE.TXT 4.3.12.
struct ZIPDirectoryEntry: Equatable {
  private let flags: UInt64
  private let method: UInt16
  private let checksum: UInt32
  private let compressed: UInt64
  private let size: UInt64
  private let headerOffset: UInt64
  private let isLink: Bool
  let nameLength: Int
  let extraLength: Int
  let commentLength: Int

  init?(parsing span: RawSpan) {
    guard let bytes = try? span.copy(46, at: 0), ZIPEndRecord.number(bytes, 0, 4) == 0x0201_4B50 else { return nil }
    func number(_ offset: Int, _ width: Int) -> UInt64 { ZIPEndRecord.number(bytes, offset, width) }
    flags = number(8, 2)
    method = UInt16(truncatingIfNeeded: number(10, 2))
    checksum = UInt32(truncatingIfNeeded: number(16, 4))
    compressed = number(20, 4)
    size = number(24, 4)
    nameLength = Int(number(28, 2))
    extraLength = Int(number(30, 2))
    commentLength = Int(number(32, 2))
    headerOffset = number(42, 4)
    // The mode of a Unix file in the upper half of the external attributes (APPNOTE.TXT 4.4.15), whoever made the archive.
    isLink = number(38, 4) >> 28 == 0xA
  }

  /// The member, with the name and extra fields that follow; `nil` when a size that ZIP64 should hold is not there.
  func member(_ variable: [UInt8]) -> ZIPArchive.Member? {
    var wide = [size, compressed, headerOffset]
    let extra = Array(variable[nameLength...])
    var large = Self.largeSizes(in: extra)[...]
    for index in wide.indices where wide[index] == 0xFFFF_FFFF {
      guard let value = large.popFirst() else { return nil }
      wide[index] = value
    }
    return ZIPArchive.Member(
      name: String(decoding: variable[..<nameLength], as: UTF8.self), byteCount: wide[0],
      compressedByteCount: wide[1], checksum: checksum, method: method, isEncrypted: flags & 1 != 0,
      isLink: isLink, headerOffset: wide[2])
  }

  /// The 64-bit numbers of extra field 1.
  private static func largeSizes(in extra: [UInt8]) -> [UInt64] {
    var offset = 0
    while offset + 4 <= extra.count {
      let size = Int(ZIPEndRecord.number(extra, offset + 2, 2))
      guard offset + 4 + size <= extra.count else { return [] }
      if ZIPEndRecord.number(extra, offset, 2) == 1 {
        return (0..<size / 8).map { ZIPEndRecord.number(extra, offset + 4 + 8 * $0, 8) }
      }
      offset += 4 + size
    }
    return []
  }
}
