/// A FIASCO firmware container: its header, and the images in it. The data stay in the file.
///
///     let file = try FIASCOFile(path: "RX-51_COMBINED_MR0_ARM.bin", mode: .lenient)
///     for image in file.images { print(image.type, image.size, image.version ?? "-") }
///
/// Reading looks at headers and at the first bytes of each image; `verifyHash(of:)` reads the data. A file of any length
/// is read in constant memory, apart from its headers, which are limited.
///
/// Source: `docs/protocols/fiasco.md`.
public struct FIASCOFile: Sendable {
  /// How much oddness is accepted (section 11).
  public enum Mode: String, Equatable, Sendable, CaseIterable {
    /// The first error is thrown. For flashing and verifying.
    case strict
    /// Images before the first damage are usable; the damage is a finding.
    case lenient
    /// As `lenient`, and images with a wrong header checksum are read too (`--no-verify`).
    case unverified
  }

  /// How the run of images ended.
  public enum End: Equatable, Sendable {
    case endOfFile
    /// An image header whose type name begins with FF (3.3).
    case endMarker
    /// Reading stopped: a finding at the same offset says why.
    case stopped
  }

  /// What the file was read from.
  public let bytes: any RandomAccessBytes
  public let mode: Mode
  /// Bytes of the file when it was read.
  public let length: UInt64
  /// The header length field as stored.
  public let headerLength: UInt32
  /// The blocks of the file header.
  public let headerBlocks: [FIASCOStoredBlock]
  public let images: [FIASCOImage]
  public let end: End
  /// What follows the last image: an end marker, padding, or what could not be read.
  public let tail: Range<UInt64>
  /// In the order of their discovery.
  public let findings: [FIASCOFinding]

  /// Reads the headers of the file at `path`.
  ///
  /// Throws `ImageError.malformed` with the code and term of section 11 for what `mode` does not accept; the other
  /// cases when the file cannot be opened or read.
  public init(path: String, mode: Mode) throws(ImageError) {
    try self.init(RegularFile(path: path), mode: mode)
  }

  /// Reads the headers of a container in `bytes`.
  public init(_ bytes: any RandomAccessBytes, mode: Mode) throws(ImageError) {
    var reader = try FIASCOReader(bytes, mode: mode)
    try reader.readFileHeader()
    try reader.readImages()
    try reader.examine()
    self.bytes = bytes
    self.mode = mode
    length = reader.cursor.length
    headerLength = reader.headerLength
    headerBlocks = reader.headerBlocks
    images = reader.images
    end = reader.end
    tail = reader.tailStart..<max(reader.tailStart, reader.cursor.length)
    findings = reader.findings
  }

  public var path: String { bytes.path }

  /// The text of the header block E8, `OSSO UART+USB` in Nokia's files.
  public var name: String? { headerText(0xE8) }

  /// The software release, such as `RX-51_2009SE_21.2011.38-1_PR_MR0`.
  public var release: String? { headerText(0x31) }

  private func headerText(_ type: UInt8) -> String? {
    headerBlocks.first { $0.type == type }.map { block in
      String(decoding: block.data.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// The worst finding so far, by the rules of `mode`; hashes are not looked at before `verifyHash(of:)`.
  public var worstSeverity: FIASCOFinding.Severity? {
    let severities = findings.map { $0.severity(in: mode) }
    return [.error, .warning, .note].first(where: severities.contains)
  }
}
