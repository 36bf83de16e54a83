import FlashImages
import WireFormat

/// Agent files, preloaders and memory settings made for tests. Source of the layouts: docs/protocols/mtk-da-file.md.
enum AgentSamples {
  /// A region as the table describes it, with the bytes that belong there.
  struct Region {
    var offset: Int
    var loadAddress: UInt32
    var content: [UInt8]
    var signaturePosition: UInt32 = 0
    var signatureByteCount: UInt32 = 0
    /// `nil` for the content's own length.
    var statedByteCount: UInt32?
  }

  struct Entry {
    var magic: UInt16 = 0xDADA
    var code: UInt16
    var subCode: UInt16 = 0x8A00
    var hardware: UInt16 = 0xCA00
    var software: UInt16 = 0
    var featureSet: UInt32 = 0x1000
    var first: UInt16 = 0
    var regions: [Region]
    var statedRegionCount: UInt16?
  }

  static func archive(
    _ entries: [Entry], description: String = "MTK_AllInOne_DA_v3.3001.flashctl-sim", stride: Int = 0xDC,
    tableEntries: Int? = nil
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append("MTK_DOWNLOAD_AGENT", paddedTo: 32)
    bytes.append(description, paddedTo: 64)
    for word in [4, 0x2266_8899, UInt32(entries.count)] as [UInt32] { bytes.append(littleEndian: word) }
    for (index, entry) in entries.enumerated() {
      let isLast = index == entries.count - 1 && tableEntries == nil
      let record = self.record(entry, stride: stride)
      bytes += record + [UInt8](repeating: 0, count: isLast ? 0 : stride - record.count)
    }
    if let tableEntries { bytes += [UInt8](repeating: 0, count: 0x6C + tableEntries * stride - bytes.count) }
    for region in entries.flatMap(\.regions) {
      let end = region.offset + region.content.count
      if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
      bytes.replaceSubrange(region.offset..<end, with: region.content)
    }
    return bytes
  }

  static func record(_ entry: Entry, stride: Int = 0xDC) -> [UInt8] {
    var record: [UInt8] = []
    for half in [entry.magic, entry.code, entry.subCode, entry.hardware] { record.append(littleEndian: half) }
    if stride == 0xDC { for half in [entry.software, 0] { record.append(littleEndian: half) } }
    record.append(littleEndian: entry.featureSet)
    record.append(littleEndian: entry.first)
    record.append(littleEndian: entry.statedRegionCount ?? UInt16(entry.regions.count))
    for region in entry.regions {
      let length = region.statedByteCount ?? UInt32(region.content.count)
      for word in [
        UInt32(region.offset), length, region.loadAddress, region.signaturePosition, region.signatureByteCount,
      ] {
        record.append(littleEndian: word)
      }
    }
    return record
  }

  /// The synthetic archive of section 10: 14896 bytes.
  static let synthetic = archive(
    [
      Entry(
        code: 0x6580,
        regions: [
          Region(offset: 0x376C, loadAddress: 0x5000_0000, content: [0x4D, 0x4D, 0x4D, 0x01]),
          Region(
            offset: 0x3770, loadAddress: 0x20_0000, content: stage(0xC0, 64), signaturePosition: 64,
            signatureByteCount: 256),
          Region(
            offset: 0x38B0, loadAddress: 0x8000_0000, content: stage(0x5A, 128), signaturePosition: 128,
            signatureByteCount: 256),
        ])
    ], tableEntries: 64)

  static func stage(_ byte: UInt8, _ count: Int) -> [UInt8] {
    [UInt8](repeating: byte, count: count) + [UInt8](repeating: 0, count: 256)
  }

  // MARK: Preloaders

  /// FILE_INFO of a real MT6580 preloader, section 10.
  static let realInfo =
    Hex.bytes(
      """
      4D 4D 4D 01 38 00 00 00 46 49 4C 45 5F 49 4E 46 4F 00 00 00 01 00 00 00 01 00 05 03
      00 0D 20 00 D4 CF 01 00 00 00 04 00 00 03 00 00 24 01 00 00 00 03 00 00 01 00 00 00
      """) ?? []

  static func info(
    type: UInt16 = 1, signatureType: UInt8 = 3, length: Int, contentOffset: Int, signature: Int
  ) -> [UInt8] {
    var bytes = Array(realInfo.prefix(0x18))
    bytes.append(littleEndian: type)
    bytes += [5, signatureType]
    for word in [
      0x20_0D00, UInt32(length), 0x40000, UInt32(contentOffset), UInt32(signature), UInt32(contentOffset), 1,
    ] {
      bytes.append(littleEndian: word)
    }
    return bytes
  }

  /// BROM_CFG with flags 0x190 and a flag timeout; 100 bytes.
  static func bootROM(disablesUSB: Bool = false) -> [UInt8] {
    var bytes: [UInt8] = [0x4D, 0x4D, 0x4D, 0x03, 0x64, 0x00, 0x07, 0x00, 0x90, 0x01, 0x00, 0x00]
    bytes += [UInt8](repeating: 0, count: 0x54 - bytes.count)
    bytes += [disablesUSB ? 0x55 : 0, 0x64, 1, 0]
    for word in [5000, 0x2FFFF] as [UInt32] { bytes.append(littleEndian: word) }
    for half in [0x0E8D, 0x2000] as [UInt16] { bytes.append(littleEndian: half) }
    return bytes
  }

  static func preloader(
    memory: [UInt8]?, padding: Bool = false, trailer: Int = 0, disablesUSB: Bool = false, type: UInt16 = 1
  ) -> [UInt8] {
    let contentOffset = 0x100
    var content = [UInt8](repeating: 0xEA, count: 0x300)
    content.replaceSubrange(
      0x1FC..<0x230, with: romInfo)
    if let memory {
      content += memory
      content.append(littleEndian: UInt32(memory.count))
    }
    if padding { content += [UInt8](repeating: 0, count: 0x800) }
    let signature = [UInt8](repeating: 0x51, count: 0x124)
    let length = contentOffset + content.count + signature.count
    var bytes = info(type: type, length: length, contentOffset: contentOffset, signature: signature.count)
    bytes += bootROM(disablesUSB: disablesUSB)
    bytes += [0x4D, 0x4D, 0x4D, 0x01, 0x14, 0x00, 0x02, 0x00, 0, 0, 0, 0, 0x10, 0, 0, 0, 0x80, 0, 0, 0]
    bytes += [UInt8](repeating: 0, count: contentOffset - bytes.count)
    return bytes + content + signature + [UInt8](repeating: 0x77, count: trailer)
  }

  private static let romInfo: [UInt8] = {
    var bytes: [UInt8] = []
    bytes.append("AND_ROMINFO_v", paddedTo: 16)
    bytes.append(littleEndian: 2 as UInt32)
    bytes.append("MT6580", paddedTo: 16)
    bytes.append("demo", paddedTo: 16)
    return bytes
  }()

  // MARK: Memory

  /// A block of records that are long enough for the version, with the identities given.
  static func memory(
    version: Int = 21, recordByteCount: Int = 188, identities: [[UInt8]], type: UInt32 = 0x203, count: UInt32? = nil
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append("MTK_BLOADER_INFO_v" + (version < 10 ? "0" : "") + "\(version)", paddedTo: 0x1B)
    bytes.append("preloader_demo.bin", paddedTo: 61)
    bytes += Array("V116".utf8)
    bytes.append(littleEndian: 0x3344_8822 as UInt32)
    for half in [0x90, 0x70] as [UInt16] { bytes.append(littleEndian: half) }
    bytes.append("MTK_BIN", paddedTo: 8)
    bytes.append(littleEndian: count ?? UInt32(identities.count))
    for identity in identities {
      var record: [UInt8] = []
      for word in [0, type, UInt32(identity.count), 0] { record.append(littleEndian: word) }
      record += identity
      bytes += record + [UInt8](repeating: 0, count: recordByteCount - record.count)
    }
    return bytes
  }

  /// The identity of a real record: manufacturer 0x15, "FE62MB".
  static let emmc: [UInt8] = [0x15, 0x01, 0x00, 0x46, 0x45, 0x36, 0x32, 0x4D, 0x42]
}
