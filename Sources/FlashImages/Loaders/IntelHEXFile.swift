/// A loader as Intel HEX text: what old emergency loaders are shipped as.
///
/// Source: `qualcomm-packages.md` 12; the Intel HEX specification.
public struct IntelHEXFile: Equatable, Sendable {
  public struct Segment: Equatable, Sendable {
    public var address: UInt64
    public var bytes: [UInt8]
  }

  /// Sorted, none touching another.
  public var segments: [Segment]
  /// Where the loader is started: what the file says, else its lowest address.
  public var entry: UInt64

  /// The longest text that is read, in bytes: a loader has less than 200 KiB.
  public static let maximumByteCount: UInt64 = 8 << 20

  static func isHEX(_ beginning: [UInt8]) -> Bool {
    let text = beginning.drop { $0 == 0x20 || $0 == 0x0A || $0 == 0x0D || $0 == 0x09 }
    return text.count >= 11 && text.first == UInt8(ascii: ":")
      && text.dropFirst().prefix(10).allSatisfy { $0.nibble != nil }
  }

  public init(_ bytes: any RandomAccessBytes) throws(ImageError) {
    let length = try bytes.length()
    guard length <= Self.maximumByteCount else {
      throw .malformed(path: bytes.path, offset: Self.maximumByteCount, reason: "Intel HEX text of \(length) bytes")
    }
    let text = try bytes.bytes(at: 0, atMost: Int(length), length: length)
    var reader = IntelHEXReader(path: bytes.path)
    var offset = 0
    var line = 0
    for piece in text.split(separator: 0x0A, omittingEmptySubsequences: false) where !reader.isAtEnd {
      line += 1
      try reader.read(piece, line: line, offset: offset)
      offset += piece.count + 1
    }
    guard reader.isAtEnd else {
      throw .malformed(path: bytes.path, offset: length, reason: "Intel HEX text without an end record")
    }
    segments = try reader.merged()
    guard let first = segments.first else {
      throw .malformed(path: bytes.path, offset: 0, reason: "Intel HEX text without data")
    }
    entry = reader.entry ?? first.address
  }
}

/// Reads records one by one.
private struct IntelHEXReader {
  let path: String
  var entry: UInt64?
  var isAtEnd = false
  private var base: UInt64 = 0
  private var isSegmented = false
  private var pieces: [(segment: IntelHEXFile.Segment, offset: Int, line: Int)] = []

  init(path: String) { self.path = path }

  private func bad(_ offset: Int, _ line: Int, _ reason: String) -> ImageError {
    .malformed(path: path, offset: UInt64(offset), reason: "Intel HEX line \(line): \(reason)")
  }

  mutating func read(_ line: ArraySlice<UInt8>, line number: Int, offset: Int) throws(ImageError) {
    let digits = line.filter { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }
    guard !digits.isEmpty else { return }
    guard digits[0] == UInt8(ascii: ":"), digits.count % 2 == 1 else { throw bad(offset, number, "no record") }
    var record: [UInt8] = []
    for index in stride(from: 1, to: digits.count, by: 2) {
      guard let high = digits[index].nibble, let low = digits[index + 1].nibble else {
        throw bad(offset, number, "not hexadecimal")
      }
      record.append(high << 4 | low)
    }
    guard record.count >= 5, record.count == Int(record[0]) + 5 else { throw bad(offset, number, "wrong length") }
    guard record.reduce(0, &+) == 0 else { throw bad(offset, number, "wrong checksum") }
    try take(
      kind: record[3], address: UInt64(record[1]) << 8 | UInt64(record[2]), data: Array(record[4..<record.count - 1]),
      line: number, offset: offset)
  }

  private mutating func take(
    kind: UInt8, address: UInt64, data: [UInt8], line: Int, offset: Int
  ) throws(ImageError) {
    let value = data.reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    switch (kind, data.count) {
    case (0, _): add(data, at: address, line: line, offset: offset)
    case (1, 0): isAtEnd = true
    case (2, 2): (base, isSegmented) = (value << 4, true)
    case (4, 2): (base, isSegmented) = (value << 16, false)
    // CS:IP of the old processors: as an address.
    case (3, 4): entry = (value >> 16) << 4 + (value & 0xFFFF)
    case (5, 4): entry = value
    default: throw bad(offset, line, "record of type \(kind) with \(data.count) bytes")
    }
  }

  /// Addresses wrap within 64 KiB under a segment base, and go on under a linear one.
  private mutating func add(_ data: [UInt8], at address: UInt64, line: Int, offset: Int) {
    guard !data.isEmpty else { return }
    let room = Int(0x1_0000 - address)
    guard isSegmented, data.count > room else {
      pieces.append((.init(address: base + address, bytes: data), offset, line))
      return
    }
    pieces.append((.init(address: base + address, bytes: Array(data[..<room])), offset, line))
    pieces.append((.init(address: base, bytes: Array(data[room...])), offset, line))
  }

  func merged() throws(ImageError) -> [IntelHEXFile.Segment] {
    var result: [IntelHEXFile.Segment] = []
    for piece in pieces.sorted(by: { $0.segment.address < $1.segment.address }) {
      guard let last = result.last else {
        result.append(piece.segment)
        continue
      }
      let end = last.address + UInt64(last.bytes.count)
      guard piece.segment.address <= end else {
        result.append(piece.segment)
        continue
      }
      let overlap = min(Int(end - piece.segment.address), piece.segment.bytes.count)
      let place = Int(piece.segment.address - last.address)
      guard Array(last.bytes[place..<place + overlap]) == Array(piece.segment.bytes[..<overlap]) else {
        throw bad(piece.offset, piece.line, "data that contradict an earlier record")
      }
      result[result.count - 1].bytes += piece.segment.bytes[overlap...]
    }
    return result
  }
}

extension UInt8 {
  /// The value of a hexadecimal digit of either case.
  var nibble: UInt8? {
    switch self {
    case 0x30...0x39: self - 0x30
    case 0x41...0x46: self - 0x37
    case 0x61...0x66: self - 0x57
    default: nil
    }
  }
}
