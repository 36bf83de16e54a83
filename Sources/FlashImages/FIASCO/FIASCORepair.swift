/// Re-writes a container in canonical form: right counts and checksums, padded data, no end marker, nothing trailing.
///
/// Source: `docs/protocols/fiasco.md` 10 and 16.
public struct FIASCORepair: Sendable {
  /// Takes the data of an image with a wrong hash as they are, and writes the hash that fits. Otherwise such an image
  /// is an error: the hash is all there is to tell that data are damaged.
  public var fixesHashes: Bool
  /// Leaves out what cannot be read: truncated images, and everything behind a header that makes no sense.
  public var dropsUnreadable: Bool
  public var isOldFormat: Bool

  public init(fixesHashes: Bool = false, dropsUnreadable: Bool = false, isOldFormat: Bool = false) {
    self.fixesHashes = fixesHashes
    self.dropsUnreadable = dropsUnreadable
    self.isOldFormat = isOldFormat
  }

  /// Writes the repaired form of `file`, best read with mode `unverified`, to `path`, which must be another file.
  ///
  /// Returns the indices of the images that were written. `progress` gets the bytes written so far.
  public func write(
    _ file: FIASCOFile, to path: String, replacing replaces: Bool = false, progress: (UInt64) -> Void = { _ in }
  ) throws(FIASCOWriteError) -> [Int] {
    try FIASCOOutput.check(path, against: [file.path])
    if !dropsUnreadable, let lost = file.findings.first(where: Self.losesImages) {
      throw .file(lost.error(path: file.path))
    }
    let kept = file.images.indices.filter { !file.images[$0].isTruncated }
    var images: [FIASCONewImage] = []
    do throws(ImageError) {
      for index in kept {
        if !fixesHashes, let finding = file.finding(for: try file.verifyHash(of: index), of: index) {
          throw finding.error(path: file.path)
        }
        let source = try RandomAccessImageSource(file.bytes, range: file.images[index].dataRange)
        images.append(FIASCONewImage(rewriting: file.images[index], source: source))
      }
    } catch { throw .file(error) }
    var writer = try FIASCOWriter(isOldFormat: isOldFormat)
    writer.headerBlocks = Self.canonicalHeader(file.headerBlocks, default: writer.headerBlocks)
    try writer.write(images, to: path, replacing: replaces, inputs: [file.path], progress: progress)
    return kept
  }

  /// Whether a finding means that an image, or what may be one, cannot be carried over.
  private static func losesImages(_ finding: FIASCOFinding) -> Bool {
    switch finding.condition {
    case .noBlocks, .firstBlockNotFileData, .truncatedImageHeader, .headerChecksumWrong, .truncatedData,
      .tooManyImages:
      // A wrong checksum is repaired where the image was read.
      return !(finding.code == "F08" && finding.image != nil)
    default: return false
    }
  }

  /// Name first, then the release, then what else there is.
  private static func canonicalHeader(
    _ blocks: [FIASCOStoredBlock], default usual: [FIASCOStoredBlock]
  ) -> [FIASCOStoredBlock] {
    let names = blocks.filter { $0.type == 0xE8 }
    let releases = blocks.filter { $0.type == 0x31 }
    return (names.isEmpty ? usual : names) + releases + blocks.filter { $0.type != 0xE8 && $0.type != 0x31 }
  }
}
