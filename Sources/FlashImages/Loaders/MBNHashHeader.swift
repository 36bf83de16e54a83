import WireFormat

/// The MBN header with which the hash segment of a signed ELF file begins, versions 3, 5, 6 and 7, and what it leads to.
///
/// | word | 3          | 5, 6              | 7                  |
/// |-----:|------------|-------------------|--------------------|
/// |    1 | version    | version           | version            |
/// |    2 |            | QC signature size | metadata size      |
/// |    3 |            | QC chain size     | QC metadata size   |
/// |    4 |            |                   | OEM metadata size  |
/// |    5 | hash size  | hash size         | hash size          |
/// |    6 |            |                   | QC signature size  |
/// |    7 | signature size | OEM signature size | QC chain size |
/// |    8 |            |                   | OEM signature size |
/// |    9 | chain size | OEM chain size    | OEM chain size     |
/// |   10 |            | 6: QC metadata size | metadata: major  |
/// |   11 |            | 6: OEM metadata size | minor           |
/// |   12 |            |                   | software id        |
/// |   14 |            |                   | hash algorithm     |
///
/// Nothing is proven with it: it tells a user whether a loader can be the right one. Source: `qualcomm-packages.md` 11.1.
public struct MBNHashHeader: Equatable, Sendable {
  /// The digest that the table is made of, and by which devices know the root certificate.
  public enum HashAlgorithm: Equatable, Sendable {
    case sha256
    case sha384

    public var byteCount: Int { self == .sha256 ? 32 : 48 }
  }

  public var version: UInt32
  /// Of the table of hashes, in bytes.
  public var hashByteCount: UInt32
  public var oemSignatureByteCount: UInt32
  public var oemChainByteCount: UInt32
  public var algorithm: HashAlgorithm
  /// Where the table of hashes lies in the file; `nil` where the header says that it lies outside of its segment.
  public var hashes: Range<UInt64>?
  /// The manufacturer's certificates.
  public var chain: CertificateChain?
  public var facts = SigningFacts()

  /// What a programmer's `softwareID` is.
  public static let programmer: UInt32 = 3

  /// What the image is, where that is known.
  public var softwareID: UInt32? { facts.softwareID.map { UInt32(truncatingIfNeeded: $0) } }

  /// `nil` where the version is none that is known. Sizes that lead out of the segment are passed over.
  init?(_ bytes: any RandomAccessBytes, at offset: UInt64, byteCount: UInt64) throws(ImageError) {
    let length = offset + byteCount
    let header = try bytes.bytes(at: offset, atMost: 64, length: length)
    let words = stride(from: 0, to: header.count - header.count % 4, by: 4).map { place in
      header[place..<place + 4].reversed().reduce(0 as UInt32) { $0 << 8 | UInt32($1) }
    }
    func truncated() -> ImageError {
      .malformed(path: bytes.path, offset: offset, reason: "truncated MBN header of the hash segment")
    }
    guard words.count >= 10 else { throw truncated() }
    version = words[1]
    guard [3, 5, 6, 7].contains(version) else { return nil }
    guard version != 6 || words.count >= 12, version != 7 || words[2] < 24 || words.count >= 16 else {
      throw truncated()
    }
    hashByteCount = words[5]
    oemSignatureByteCount = words[version == 7 ? 8 : 7]
    oemChainByteCount = words[9]
    algorithm = version >= 6 && !(version == 7 && words[2] >= 24 && words[14] == 2) ? .sha384 : .sha256
    let parts = Parts(words, version: version, at: offset)
    hashes = parts.hashes.upperBound <= length ? parts.hashes : nil
    if parts.chain.upperBound <= length { chain = try CertificateChain(bytes, parts.chain) }
    facts = chain?.facts ?? SigningFacts()
    if version == 6, words[11] >= 24 { try readMetadata(bytes, at: parts.metadata, length: length) }
    if version == 7, words[2] >= 24 { facts.softwareID = UInt64(words[12]) }
  }

  /// The manufacturer's metadata of version 6: major, minor, software id, SoC hardware id, OEM id, model id, ….
  private mutating func readMetadata(
    _ bytes: any RandomAccessBytes, at offset: UInt64, length: UInt64
  ) throws(ImageError) {
    let metadata = try bytes.bytes(at: offset, atMost: 24, length: length)
    func word(_ index: Int) throws(WireError) -> UInt64 {
      UInt64(try metadata.rawSpan.load(littleEndian: UInt32.self, at: 4 * index))
    }
    do throws(WireError) {
      facts = SigningFacts(
        softwareID: try word(2), hardwareID: try word(3), oemID: try word(4), modelID: try word(5))
    } catch {
      throw .malformed(path: bytes.path, offset: offset, reason: "truncated metadata of the hash segment")
    }
  }
}

/// Where the parts lie that follow the header. Sizes have 32 bits, so no sum wraps.
private struct Parts {
  let metadata: UInt64
  let hashes: Range<UInt64>
  let chain: Range<UInt64>

  init(_ words: [UInt32], version: UInt32, at offset: UInt64) {
    func size(_ index: Int) -> UInt64 { UInt64(words[index]) }
    let start = offset + (version == 6 ? 48 : 40)
    let before: UInt64
    let between: UInt64
    switch version {
    case 3: (before, between) = (0, 0)
    case 5: (before, between) = (0, size(2) + size(3))
    case 6: (before, between) = (size(10) + size(11), size(2) + size(3))
    default: (before, between) = (size(2) + size(3) + size(4), size(6) + size(7))
    }
    metadata = start + (version == 6 ? size(10) : 0)
    hashes = start + before..<start + before + size(5)
    let signature = hashes.upperBound + between + size(version == 7 ? 8 : 7)
    chain = signature..<signature + size(9)
  }
}
