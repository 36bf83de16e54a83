import WireFormat

/// The headers of an ELF file, as far as a loader's are of interest: little endian, 32 or 64 bits.
///
/// | 32 bits | 64 bits | field     |      | 32 bits | 64 bits | program header |
/// |--------:|--------:|-----------|------|--------:|--------:|----------------|
/// |      16 |      16 | e_type    |      |       0 |       0 | p_type         |
/// |      18 |      18 | e_machine |      |      24 |       4 | p_flags        |
/// |      24 |      24 | e_entry   |      |       4 |       8 | p_offset       |
/// |      28 |      32 | e_phoff   |      |      12 |      24 | p_paddr        |
/// |      42 |      54 | e_phentsize |    |      16 |      32 | p_filesz       |
/// |      44 |      56 | e_phnum   |      |      20 |      40 | p_memsz        |
///
/// Source: the System V ABI; `qualcomm-packages.md` 11.1 for what Qualcomm keeps in `p_flags`.
public struct ELFFile: Equatable, Sendable {
  public struct Segment: Equatable, Sendable {
    public var type: UInt32
    public var flags: UInt32
    /// In the file, in bytes.
    public var offset: UInt64
    public var physicalAddress: UInt64
    public var fileByteCount: UInt64
    public var memoryByteCount: UInt64

    public var isLoad: Bool { type == 1 }
    /// Bits 26…24 of the flags: 2 is the table of hashes, 7 the place of the headers.
    public var vendorType: UInt32 { flags >> 24 & 7 }
    public var isHashTable: Bool { vendorType == 2 }
  }

  public var is64Bit: Bool
  public var machine: UInt16
  public var entry: UInt64
  public var segments: [Segment]
  /// What the segment of hashes begins with; `nil` for an unsigned file.
  public var hashTable: MBNHashHeader?

  /// More program headers than any loader has.
  static let maximumSegmentCount = 512

  static func isELF(_ beginning: [UInt8]) -> Bool { beginning.starts(with: [0x7F, 0x45, 0x4C, 0x46]) }

  /// Reads and checks the headers; the segments' data must lie inside the file.
  public init(_ bytes: any RandomAccessBytes) throws(ImageError) {
    let length = try bytes.length()
    let header = try bytes.bytes(at: 0, atMost: 64, length: length)
    func bad(_ offset: UInt64, _ reason: String) -> ImageError {
      .malformed(path: bytes.path, offset: offset, reason: reason)
    }
    guard header.count >= 52, Self.isELF(header) else { throw bad(0, "no ELF header") }
    guard header[4] == 1 || header[4] == 2 else { throw bad(4, "ELF class \(header[4])") }
    guard header[5] == 1 else { throw bad(5, "ELF file that is not little endian") }
    is64Bit = header[4] == 2
    guard !is64Bit || header.count == 64 else { throw bad(UInt64(header.count), "truncated ELF header") }
    let fields = ELFFields(header, is64Bit: is64Bit)
    machine = UInt16(fields.number(at: 18, count: 2))
    entry = fields.word(at: (24, 24))
    let start = fields.word(at: (28, 32))
    let size = fields.number(at: is64Bit ? 54 : 42, count: 2)
    let count = fields.number(at: is64Bit ? 56 : 44, count: 2)
    guard size == (is64Bit ? 56 : 32) else { throw bad(is64Bit ? 54 : 42, "ELF program header size \(size)") }
    guard (1...UInt64(Self.maximumSegmentCount)).contains(count) else {
      throw bad(is64Bit ? 56 : 44, "\(count) ELF program headers")
    }
    guard start <= length, length - start >= size * count else { throw bad(start, "truncated ELF program headers") }
    segments = []
    let table = try bytes.bytes(at: start, atMost: Int(size * count), length: length)
    for index in 0..<Int(count) {
      let place = index * Int(size)
      let segment = ELFFields(Array(table[place..<place + Int(size)]), is64Bit: is64Bit).segment
      guard segment.offset <= length, length - segment.offset >= segment.fileByteCount else {
        throw bad(start + UInt64(place), "ELF segment \(index) ends beyond the file")
      }
      segments.append(segment)
    }
    if let segment = segments.first(where: \.isHashTable), segment.fileByteCount > 0 {
      hashTable = try MBNHashHeader(bytes, at: segment.offset, byteCount: segment.fileByteCount)
    }
  }

  /// Whether the entry point lies in something that is loaded.
  public var hasPlausibleEntry: Bool {
    segments.contains { $0.isLoad && entry >= $0.physicalAddress && entry - $0.physicalAddress < $0.memoryByteCount }
      || segments.allSatisfy { !$0.isLoad }
  }

  /// `ARM`, `AArch64`, or the number.
  public var machineName: String {
    switch machine {
    case 0x28: "ARM"
    case 0xB7: "AArch64"
    case 0xA4: "Hexagon"
    case 0xF3: "RISC-V"
    default: "machine \(machine)"
    }
  }
}

/// Little-endian fields whose places depend on the class.
private struct ELFFields {
  let bytes: [UInt8]
  let is64Bit: Bool

  init(_ bytes: [UInt8], is64Bit: Bool) {
    self.bytes = bytes
    self.is64Bit = is64Bit
  }

  func number(at offset: Int, count: Int) -> UInt64 {
    bytes[offset..<offset + count].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A field as wide as an address.
  func word(at place: (narrow: Int, wide: Int)) -> UInt64 {
    number(at: is64Bit ? place.wide : place.narrow, count: is64Bit ? 8 : 4)
  }

  var segment: ELFFile.Segment {
    ELFFile.Segment(
      type: UInt32(number(at: 0, count: 4)), flags: UInt32(number(at: is64Bit ? 4 : 24, count: 4)),
      offset: word(at: (4, 8)), physicalAddress: word(at: (12, 24)), fileByteCount: word(at: (16, 32)),
      memoryByteCount: word(at: (20, 40)))
  }
}
