import WireFormat

/// What the bytes of an image are, judged by its beginning; for people, and for checks before something is written.
///
/// Source: the detection tables of `docs/protocols/android-images.md` 1.1.
public enum ContentKind: String, CaseIterable, Equatable, Sendable {
  case androidBoot = "android-boot"
  case vendorBoot = "vendor-boot"
  case vbmeta
  case dtbo
  /// A text file of a few lines that stands for a file kept elsewhere.
  case gitLFSPointer = "git-lfs-pointer"
  /// An error page that was saved in place of a file.
  case htmlPage = "html-page"
  case zip
  case squashfs
  case ubi
  case elf
  case mediaTekImage = "mediatek-image"
  case mediaTekPreloader = "mediatek-preloader"
  case superPartition = "super"
  case ext
  case f2fs
  case erofs
  case gpt
  case fat
  case mbr

  /// Bytes of an image's beginning that the tests look at.
  public static let sampleByteCount = 8192

  /// Whether it is certainly no image of anything.
  public var isRefused: Bool { self == .gitLFSPointer || self == .htmlPage }

  /// The kind, or `nil` where no test fits. `sample` is the image's beginning, 8192 bytes or all of it.
  public static func detect(_ sample: RawSpan) -> ContentKind? {
    if let found = signatures.first(where: { matches($0.bytes, sample, at: $0.offset) }) { return found.kind }
    if isHTML(sample) { return .htmlPage }
    return matches([0x55, 0xAA], sample, at: 510) ? .mbr : nil
  }

  private static func matches(_ bytes: [UInt8], _ sample: RawSpan, at offset: Int) -> Bool {
    guard sample.byteCount >= offset + bytes.count else { return false }
    return bytes.enumerated().allSatisfy { (try? sample.byte(at: offset + $0.offset)) == $0.element }
  }

  private static func isHTML(_ sample: RawSpan) -> Bool {
    var start = 0
    while start < min(sample.byteCount, 256), let byte = try? sample.byte(at: start),
      [0x20, 0x09, 0x0A, 0x0D].contains(byte)
    {
      start += 1
    }
    let text = (start..<min(start + 14, sample.byteCount)).compactMap { try? sample.byte(at: $0) }
    let lower = String(decoding: text, as: UTF8.self).lowercased()
    return lower.hasPrefix("<!doctype html") || lower.hasPrefix("<html")
  }

  private static let signatures: [(offset: Int, bytes: [UInt8], kind: ContentKind)] = [
    (0, Array("ANDROID!".utf8), .androidBoot),
    (0, Array("VNDRBOOT".utf8), .vendorBoot),
    (0, Array("AVB0".utf8), .vbmeta),
    (0, [0xD7, 0xB7, 0xAB, 0x1E], .dtbo),
    (0, Array("version https://git-lfs".utf8), .gitLFSPointer),
    (0, [0x50, 0x4B, 0x03, 0x04], .zip),
    (0, Array("hsqs".utf8), .squashfs),
    (0, Array("UBI#".utf8), .ubi),
    (0, [0x7F, 0x45, 0x4C, 0x46], .elf),
    (0, [0x88, 0x16, 0x88, 0x58], .mediaTekImage),
    (0, [0x4D, 0x4D, 0x4D, 0x01], .mediaTekPreloader),
    (4096, [0x67, 0x44, 0x6C, 0x61], .superPartition),
    (1080, [0x53, 0xEF], .ext),
    (1024, [0x10, 0x20, 0xF5, 0xF2], .f2fs),
    (1024, [0xE2, 0xE1, 0xF5, 0xE0], .erofs),
    (512, Array("EFI PART".utf8), .gpt),
    (4096, Array("EFI PART".utf8), .gpt),
    (54, Array("FAT16".utf8), .fat),
    (82, Array("FAT32".utf8), .fat),
  ]
}
