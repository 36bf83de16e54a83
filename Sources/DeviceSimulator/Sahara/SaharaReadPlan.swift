import WireFormat

/// What a boot ROM asks of an image, range by range: headers first, then what they name.
///
/// An ELF file: its header, the program headers, then each segment with bytes in the file, in pieces. Anything else: 0x50
/// bytes, and where they are an MBN header the rest that it tells of. Source: `docs/protocols/sahara.md` 7; a programmer
/// that is neither is refused, of another image that is neither the ROM wants no more than that.
struct SaharaReadPlan: Sendable {
  /// What the ROM makes of the image so far.
  enum Next: Equatable {
    case read(offset: UInt64, length: UInt64)
    case done
    /// It is no image that the ROM knows.
    case refuse
  }

  private enum Phase: Equatable {
    case header
    case otherHeader
    case programHeaders
    case pieces
  }

  private let pieceByteCount: UInt64
  private let firstByteCount: UInt64
  private let isProgrammer: Bool
  private let quirks: SaharaQuirks
  private var phase = Phase.header
  private var header: [UInt8] = []
  private var wanted: (offset: UInt64, length: UInt64)
  private var received: [UInt8] = []
  private var pieces: [(offset: UInt64, length: UInt64)] = []
  private var nextPiece = 0

  /// The most program headers it reads.
  private static let maximumHeaderCount = 128
  /// Far behind the end of any loader.
  private static let distance: UInt64 = 16 << 20

  init(pieceByteCount: UInt64, is64Bit: Bool, isProgrammer: Bool = true, quirks: SaharaQuirks) {
    self.pieceByteCount = max(1, pieceByteCount)
    self.isProgrammer = isProgrammer
    self.quirks = quirks
    firstByteCount = is64Bit ? 0x40 : 0x34
    wanted = (0, firstByteCount)
  }

  var first: Next { .read(offset: 0, length: firstByteCount) }

  /// Takes in bytes of the range that was asked for last. Only headers are kept.
  mutating func take(_ bytes: RawSpan) {
    guard phase != .pieces else { return }
    unsafe bytes.withUnsafeBytes { buffer in unsafe received.append(contentsOf: buffer) }
  }

  /// The range has arrived.
  mutating func rangeArrived() -> Next {
    defer { received = [] }
    switch phase {
    case .header: return headerArrived()
    case .otherHeader: return otherHeaderArrived()
    case .programHeaders: return programHeadersArrived()
    case .pieces: return nextRange()
    }
  }

  private mutating func ask(_ offset: UInt64, _ length: UInt64, then phase: Phase) -> Next {
    self.phase = phase
    wanted = (offset, length)
    return .read(offset: offset, length: length)
  }

  private var is64Bit: Bool { header.count > 4 && header[4] == 2 }

  private mutating func headerArrived() -> Next {
    header += received
    guard header.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
      header = []
      return ask(0, 0x50, then: .otherHeader)
    }
    if is64Bit, header.count < 0x40 { return ask(UInt64(header.count), 0x40 - UInt64(header.count), then: .header) }
    let count = number(header, is64Bit ? 56 : 44, 2)
    let start = number(header, is64Bit ? 32 : 28, is64Bit ? 8 : 4)
    guard count > 0, count <= UInt64(Self.maximumHeaderCount) else { return .refuse }
    return ask(start, count * (is64Bit ? 56 : 32), then: .programHeaders)
  }

  private mutating func programHeadersArrived() -> Next {
    let size = is64Bit ? 56 : 32
    for place in stride(from: 0, to: received.count - size + 1, by: size) {
      let type = number(received, place, 4)
      let offset = is64Bit ? number(received, place + 8, 8) : number(received, place + 4, 4)
      let count = is64Bit ? number(received, place + 32, 8) : number(received, place + 16, 4)
      // PT_NULL carries hashes and headers, PT_LOAD the program.
      if type <= 1 { add(offset, count) }
    }
    return begin()
  }

  private mutating func otherHeaderArrived() -> Next {
    let isLong = received.starts(with: [0xD1, 0xDC, 0x4B, 0x84, 0x34, 0x10, 0xD7, 0x73])
    guard isLong || number(received, 4, 4) == 3 else { return isProgrammer ? .refuse : .done }
    let source = isLong ? number(received, 20, 4) : 40
    add(source, number(received, isLong ? 28 : 16, 4))
    return begin()
  }

  /// Cuts a stretch into pieces; a stretch of absurd length is cut short, as the ROM's memory would.
  private mutating func add(_ offset: UInt64, _ count: UInt64) {
    var position: UInt64 = 0
    let end = min(count, 64 << 20)
    while position < end {
      let length = min(pieceByteCount, end - position)
      pieces.append((offset &+ position, length))
      position += length
    }
  }

  private mutating func begin() -> Next {
    phase = .pieces
    if quirks.readsInOtherOrder, let first = pieces.first { pieces = pieces.reversed() + [first] }
    if quirks.readsBeyondEnd { pieces.append((Self.distance, pieceByteCount)) }
    return nextRange()
  }

  private mutating func nextRange() -> Next {
    guard nextPiece < pieces.count else { return .done }
    defer { nextPiece += 1 }
    return .read(offset: pieces[nextPiece].offset, length: pieces[nextPiece].length)
  }

  private func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
    guard offset + count <= bytes.count else { return 0 }
    return bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
