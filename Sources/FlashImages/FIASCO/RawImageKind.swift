import WireFormat

/// What a raw file holds, judged by its first bytes.
///
/// Source: `docs/protocols/fiasco.md` 8; the tests are made in the order of its table.
public enum RawImageKind: String, Equatable, Sendable, CaseIterable {
  case secondStage = "2nd"
  case secondary
  case xloader
  case kernel
  case rootfs
  case mmc
  case cmtSecondStage = "cmt-2nd"
  case cmtAlgorithm = "cmt-algo"
  case cmtFirmware = "cmt-mcusw"
  case initfs
  /// A container, not a raw image.
  case fiasco = "FIASCO"

  /// Bytes of a file's beginning that the tests look at.
  public static let sampleByteCount = 512

  /// A JFFS2 file below this many bytes is an initfs, from here on a rootfs.
  static let smallestRootFileSystem: UInt64 = 0x100_0000

  /// The kind, or `nil` where no test fits.
  ///
  /// `sample` is the file's beginning, 512 bytes or the whole file; `byteCount` the whole file's length.
  public static func detect(_ sample: RawSpan, byteCount: UInt64) -> RawImageKind? {
    if let test = signatures.first(where: { matches($0.bytes, sample, at: $0.offset) }) { return test.kind }
    if matches([0x85, 0x19], sample, at: 0) { return byteCount < smallestRootFileSystem ? .initfs : .rootfs }
    return matches([0xB4], sample, at: 0) ? .fiasco : nil
  }

  private static func matches(_ bytes: [UInt8], _ sample: RawSpan, at offset: Int) -> Bool {
    guard sample.byteCount >= offset + bytes.count else { return false }
    for (index, byte) in bytes.enumerated() where (try? sample.byte(at: offset + index)) != byte { return false }
    return true
  }

  private static let signatures: [(offset: Int, bytes: [UInt8], kind: RawImageKind)] = [
    (52, Array("2NDAPE".utf8), .secondStage),
    (20, Array("2ND".utf8), .secondStage),
    (4, Array("NOLOScnd".utf8), .secondary),
    (20, Array("X-LOADER".utf8), .xloader),
    (12, Array("NOLOXldr".utf8), .xloader),
    (4, Array("NOLOXldr".utf8), .secondStage),
    // The magic number of an ARM zImage.
    (36, [0x18, 0x28, 0x6F, 0x01], .kernel),
    // An ARM branch, as U-Boot begins.
    (1, [0x00, 0x00, 0xEA], .kernel),
    (0, Array("UBI#".utf8), .rootfs),
    // The end of a FAT boot sector.
    (510, [0x55, 0xAA], .mmc),
    (0, [0xB0, 0x00, 0x01, 0x03, 0x9D, 0x00, 0x00, 0x00], .cmtSecondStage),
    (0, [0xB1, 0x00, 0x00, 0x00, 0x82, 0x00, 0x00, 0x00], .cmtAlgorithm),
    (0, [0xB2, 0x00, 0x00, 0x01, 0x44, 0x00, 0x00, 0x00], .cmtFirmware),
    // cramfs
    (0, [0x45, 0x3D, 0xCD, 0x28], .initfs),
  ]
}
