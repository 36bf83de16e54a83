import FlashImages
import Qualcomm
import SystemPackage
import WireFormat

/// The memory of a crashed SDM845: on-chip memory, two banks of main memory, and the regions of a minidump.
///
/// A file in the storage folder that is called as a region is what that region holds; the others follow a pattern.
enum CrashDumpMemory {
  private static let onChip: UInt64 = 0x1468_0000
  private static let table: UInt64 = 0x1469_0000
  private static let resetStatus: UInt64 = 0x146A_0000
  private static let firstBank: UInt64 = 0x8000_0000
  private static let elfHeader: UInt64 = 0x146B_0000

  static func make(
    _ settings: CrashDumpSettings, hasHarmfulNames: Bool, folder: FilePath?
  ) throws(SimulatorError) -> SaharaMemory {
    var regions: [SaharaMemory.Region] = []
    func add(
      _ base: UInt64, _ length: UInt64, _ description: String, _ file: String, preference: UInt64 = 1
    ) throws(SimulatorError) {
      regions.append(
        SaharaMemory.Region(
          entry: SaharaRegion(
            savePreference: preference, base: base, length: length, description: description, fileName: file),
          content: try stored(file, in: folder) ?? .pattern))
    }
    let size = settings.memory.value
    try add(onChip, 0x1000, "OCIMEM", "OCIMEM.BIN")
    try add(resetStatus, 4, "PMIC PON status", "PMIC_PON.BIN")
    // 16 bytes: as long as a refusal, so no host may ask for it at once.
    try add(resetStatus + 0x100, 16, "RST status", "RST_STAT.BIN")
    try add(firstBank, size, "DDR CS0 part0", "DDRCS0_0.BIN")
    try add(firstBank + (1 << 30), size + 16, "DDR CS1 part0", "DDRCS1_0.BIN", preference: 0)
    if settings.hasMinidump { regions += try minidump(folder) }
    if hasHarmfulNames { harm(&regions) }
    return SaharaMemory(tableAddress: table, width: settings.width.width, regions: regions)
  }

  private static func stored(_ file: String, in folder: FilePath?) throws(SimulatorError) -> SaharaMemory.Content? {
    guard let folder else { return nil }
    let path = folder.appending(file).string
    do throws(ImageError) { return .file(try RegularFile(path: path)) } catch {
      if case .missing = error { return nil }
      throw .storage(operation: "open", path: path, errno: Errno.badFileDescriptor.rawValue)
    }
  }

  /// Unterminated and harmful names, and one that a second region has too.
  private static func harm(_ regions: inout [SaharaMemory.Region]) {
    let names = [
      "/etc/passwd", "../../escape.bin", "", "..", "A_NAME_OF_TWENTY_BYT", "a_name_of_twenty_byt", "x\u{1B}[2J",
    ]
    for (index, name) in names.enumerated() where regions.indices.contains(index) {
      regions[index].entry.fileName = name
    }
    regions[0].entry.description = "twenty bytes of text"
  }

  /// An ELF core header, the notes that complete it, and two segments.
  private static func minidump(_ folder: FilePath?) throws(SimulatorError) -> [SaharaMemory.Region] {
    let segments: [(address: UInt64, length: UInt64)] = [(elfHeader + 0x2000, 0x2000), (elfHeader + 0x4000, 0x800)]
    let header = coreHeader(segments: segments, noteByteCount: 0x200)
    var regions: [SaharaMemory.Region] = []
    for (base, length, name) in [
      (elfHeader, UInt64(header.count), "md_KELF"), (elfHeader + 0x1000, 0x200, "md_KVMCORE"),
      (segments[0].address, segments[0].length, "md_KLOGBUF"), (segments[1].address, segments[1].length, "md_KSTACK0"),
    ] {
      let file = name + ".BIN"
      let content: SaharaMemory.Content = base == elfHeader ? .bytes(header) : .pattern
      regions.append(
        SaharaMemory.Region(
          entry: SaharaRegion(base: base, length: length, description: name, fileName: file),
          content: try stored(file, in: folder) ?? content))
    }
    return regions
  }

  /// ELF64, ET_CORE, one PT_NOTE and a PT_LOAD for each segment, whose last is longer in the file than its region.
  private static func coreHeader(segments: [(address: UInt64, length: UInt64)], noteByteCount: UInt64) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 9)
    bytes.append(littleEndian: UInt16(4))
    bytes.append(littleEndian: UInt16(0xB7))
    bytes.append(littleEndian: UInt32(1))
    bytes.append(littleEndian: UInt64(0))
    bytes.append(littleEndian: UInt64(64))
    bytes.append(littleEndian: UInt64(0))
    bytes.append(littleEndian: UInt32(0))
    for field in [64, 56, UInt16(segments.count + 1), 0, 0, 0] as [UInt16] { bytes.append(littleEndian: field) }
    let headerByteCount = UInt64(64 + 56 * (segments.count + 1))
    var offset = headerByteCount
    programHeader(type: 4, offset: offset, address: 0, fileByteCount: noteByteCount, to: &bytes)
    offset += noteByteCount
    for segment in segments {
      programHeader(
        type: 1, offset: offset, address: segment.address, fileByteCount: segment.length + 0x100, to: &bytes)
      offset += segment.length + 0x100
    }
    return bytes
  }

  private static func programHeader(
    type: UInt32, offset: UInt64, address: UInt64, fileByteCount: UInt64, to bytes: inout [UInt8]
  ) {
    bytes.append(littleEndian: type)
    bytes.append(littleEndian: UInt32(6))
    for field in [offset, address | 0xFFFF_0000_0000_0000, address, fileByteCount, fileByteCount, 4] {
      bytes.append(littleEndian: field)
    }
  }
}
