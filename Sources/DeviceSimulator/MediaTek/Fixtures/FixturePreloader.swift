import WireFormat

/// A preloader that simulated devices take: the headers of a real one, no code, and the settings of the memory that the
/// simulated device has.
///
/// Source: `docs/protocols/mtk-da-file.md` 6 and 8.
enum FixturePreloader {
  private static let contentOffset = 0x110
  private static let signatureByteCount = 0x124

  static func bytes(platform: String, layout: MediaTekLayout) -> [UInt8] {
    let memory = memorySettings(platform: platform, layout: layout)
    var content = [UInt8](repeating: 0, count: 0x1FC)
    content.replaceSubrange(0..<4, with: [0xFE, 0xFF, 0xFF, 0xEA])
    content.append("AND_ROMINFO_v", paddedTo: 16)
    content.append(littleEndian: 2 as UInt32)
    content.append(platform, paddedTo: 16)
    content.append("flashctl_sim", paddedTo: 16)
    content += [UInt8](repeating: 0, count: 0x1000 - content.count)
    content += memory
    content.append(littleEndian: UInt32(memory.count))
    var bytes = headers(contentByteCount: content.count, isUFS: layout.kind == .ufs)
    bytes += content
    var signature: [UInt8] = [1, 0, 0, 0]
    signature += FixtureSignature.digest(of: bytes[...])
    return bytes + signature + [UInt8](repeating: 0, count: signatureByteCount - signature.count)
  }

  /// FILE_INFO, BL_INFO, BROM_CFG, ANTI_CLONE.
  private static func headers(contentByteCount: Int, isUFS: Bool) -> [UInt8] {
    var bytes = fileInfo(
      type: 1, device: isUFS ? 0 : 5, signatureType: 3, loadAddress: 0x20_0F00 - 0x10,
      byteCount: contentOffset + contentByteCount + signatureByteCount, contentOffset: contentOffset,
      signatureByteCount: signatureByteCount)
    bytes += block(type: 1, version: 1, [1, 0, 0, 0])
    var config = [UInt8](repeating: 0, count: 0x64 - 8)
    config[0] = 0x90
    config[1] = 0x01
    config[0x55 - 8] = 0x64
    config[0x56 - 8] = 1
    config.replaceSubrange(0x58 - 8..<0x5A - 8, with: [0x88, 0x13])
    config.replaceSubrange(0x5C - 8..<0x5F - 8, with: [0xFF, 0xFF, 0x02])
    bytes += block(type: 7, version: 3, config)
    bytes += block(type: 2, version: 1, [UInt8](repeating: 0, count: 12))
    return bytes + [UInt8](repeating: 0, count: contentOffset - bytes.count)
  }

  private static func block(type: UInt16, version: UInt8, _ body: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x4D, 0x4D, 0x4D, version]
    bytes.append(littleEndian: UInt16(8 + body.count))
    bytes.append(littleEndian: type)
    return bytes + body
  }

  /// The block that every such file begins with, 56 bytes.
  static func fileInfo(
    type: UInt16, device: UInt8, signatureType: UInt8, loadAddress: UInt32, byteCount: Int, contentOffset: Int,
    signatureByteCount: Int
  ) -> [UInt8] {
    var body: [UInt8] = []
    body.append("FILE_INFO", paddedTo: 12)
    body.append(littleEndian: 1 as UInt32)
    body.append(littleEndian: type)
    body += [device, signatureType]
    for word in [
      loadAddress, UInt32(byteCount), 0x40000, UInt32(contentOffset), UInt32(signatureByteCount),
      UInt32(contentOffset), 1,
    ] { body.append(littleEndian: word) }
    return block(type: 0, version: 1, body)
  }

  /// A header of 112 bytes and one record, of the memory that stands in one package with the storage.
  private static func memorySettings(platform: String, layout: MediaTekLayout) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append("MTK_BLOADER_INFO_v45", paddedTo: 0x1B)
    bytes.append("preloader_flashctl_sim.bin", paddedTo: 61)
    bytes += Array("V116".utf8)
    bytes.append(littleEndian: 0x3344_8822 as UInt32)
    for half in [0x90, 0x70] as [UInt16] { bytes.append(littleEndian: half) }
    bytes.append("MTK_BIN", paddedTo: 8)
    bytes.append(littleEndian: 1 as UInt32)
    let isUFS = layout.kind == .ufs
    let identity = Array(layout.identity.prefix(isUFS ? 16 : 9))
    var record: [UInt8] = []
    // LPDDR4X in a package with UFS, or with eMMC.
    for word in [1, isUFS ? 0x306 : 0x206, UInt32(identity.count), 0] as [UInt32] { record.append(littleEndian: word) }
    record += identity
    return bytes + record + [UInt8](repeating: 0, count: 160 - record.count)
  }

  /// An authentication file: FILE_INFO of type 5, a block of keys that are none, the block at its end, a signature.
  static func authenticationFile() -> [UInt8] {
    let keys = block(type: 5, version: 1, [UInt8](repeating: 0x4B, count: 0x798 - 8))
    let end = block(type: 0x60, version: 1, [UInt8](repeating: 0, count: 8))
    let content = 0x38 + keys.count + end.count
    let info = fileInfo(
      type: 5, device: 5, signatureType: 2, loadAddress: 0x20_0820, byteCount: content + 0x100,
      contentOffset: content, signatureByteCount: 0x100)
    let bytes = info + keys + end
    return bytes + FixtureSignature.signature(of: bytes)
  }
}
