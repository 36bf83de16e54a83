public import WireFormat

/// A file that a user gave as a loader, recognised by its content and checked as far as that goes without a device.
///
/// Source: `qualcomm-packages.md` 1.1 and 11.4.
public struct LoaderFile: Sendable {
  public enum Kind: Equatable, Sendable {
    case elf(ELFFile)
    case mbn(MBNFile)
    /// A flash image with the preamble by which a boot ROM finds the page size: nothing to send.
    case flashImage
    case intelHEX(IntelHEXFile)
    case archive(ProgrammerArchive)
    case config(SaharaConfig)
    /// What else it looks like; `nil` for anything.
    case other(OtherFile?)
  }

  /// Files that are taken for loaders by mistake.
  public enum OtherFile: String, Equatable, Sendable {
    case empty
    case gitLFSPointer = "Git LFS pointer"
    case html = "HTML page"
    case zip = "ZIP archive"
    case gzip = "gzip file"
    case xml = "XML file of another kind"
  }

  /// Something that a user should know about a loader, and that stops nothing.
  public enum Remark: Equatable, Sendable {
    /// No segment of hashes: chips that check signatures refuse it.
    case unsigned
    /// The software id is not a programmer's.
    case otherSoftware(id: UInt32)
    case entryOutsideSegments
    /// By its name a programmer that sets up no memory, which can do little.
    case lite
  }

  /// Who has signed a file: certificates, and the digest by which devices know the last of them.
  public struct Signer: Equatable, Sendable {
    public var chain: CertificateChain
    public var algorithm: MBNHashHeader.HashAlgorithm
  }

  public let bytes: any RandomAccessBytes
  public let byteCount: UInt64
  public let kind: Kind

  public var path: String { bytes.path }

  public init(path: String) throws(ImageError) { try self.init(RegularFile(path: path)) }

  /// Throws `ImageError.malformed` where the beginning is that of a known kind and the rest is not.
  public init(_ bytes: any RandomAccessBytes) throws(ImageError) {
    self.bytes = bytes
    byteCount = try bytes.length()
    let beginning = try bytes.bytes(at: 0, atMost: 4096, length: byteCount)
    kind = try Self.kind(of: bytes, beginning: beginning, length: byteCount)
  }

  private static func kind(
    of bytes: any RandomAccessBytes, beginning: [UInt8], length: UInt64
  ) throws(ImageError) -> Kind {
    if length == 0 { return .other(.empty) }
    if ELFFile.isELF(beginning) { return .elf(try ELFFile(bytes)) }
    if MBNFile.isPreamble(beginning) { return .flashImage }
    if ProgrammerArchive.isArchive(beginning) { return .archive(try ProgrammerArchive(bytes)) }
    if IntelHEXFile.isHEX(beginning) { return .intelHEX(try IntelHEXFile(bytes)) }
    if let mbn = try MBNFile(beginning, of: bytes, length: length) { return .mbn(mbn) }
    return try text(bytes, beginning: beginning, length: length)
  }

  private static func text(
    _ bytes: any RandomAccessBytes, beginning: [UInt8], length: UInt64
  ) throws(ImageError) -> Kind {
    if beginning.starts(with: Array("PK\u{3}\u{4}".utf8)) { return .other(.zip) }
    if beginning.starts(with: [0x1F, 0x8B]) { return .other(.gzip) }
    let text = String(decoding: beginning, as: UTF8.self)
    if text.hasPrefix("version https://git-lfs") { return .other(.gitLFSPointer) }
    let trimmed = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
    if trimmed.hasPrefix("<!doctype html") || trimmed.hasPrefix("<html") { return .other(.html) }
    guard trimmed.hasPrefix("<") || beginning.starts(with: [0xFF, 0xFE]) || beginning.starts(with: [0xFE, 0xFF]) else {
      return .other(nil)
    }
    guard length <= SaharaConfig.maximumByteCount else { return .other(.xml) }
    let content = try bytes.bytes(at: 0, atMost: Int(length), length: length)
    let document: XMLDocument
    do throws(XMLError) { document = try XMLDocument(parsing: content) } catch {
      throw .malformed(
        path: bytes.path, offset: UInt64(error.position.offset),
        reason: "XML line \(error.position.line), column \(error.position.column): \(error.problem.term)")
    }
    guard SaharaConfig.isConfig(document.root) else { return .other(.xml) }
    return .config(try SaharaConfig(document.root, path: bytes.path))
  }

  /// What the file says about the device it is for and about what it is.
  public var facts: SigningFacts {
    switch kind {
    case .elf(let elf): elf.hashTable?.facts ?? SigningFacts()
    case .mbn(let mbn): mbn.chain?.facts ?? SigningFacts()
    default: SigningFacts()
    }
  }

  /// `nil` for files without certificates.
  public var signer: Signer? {
    switch kind {
    case .elf(let elf):
      elf.hashTable.flatMap { table in table.chain.map { Signer(chain: $0, algorithm: table.algorithm) } }
    case .mbn(let mbn): mbn.chain.map { Signer(chain: $0, algorithm: .sha256) }
    default: nil
    }
  }

  /// What is worth saying about the loader before it is sent.
  public var remarks: [Remark] {
    var remarks: [Remark] = []
    if case .elf(let elf) = kind {
      if elf.hashTable == nil { remarks.append(.unsigned) }
      if !elf.hasPlausibleEntry { remarks.append(.entryOutsideSegments) }
    }
    if let id = facts.softwareID.map({ UInt32(truncatingIfNeeded: $0) }), id != MBNHashHeader.programmer {
      remarks.append(.otherSoftware(id: id))
    }
    let name = path.split(separator: "/").last ?? ""
    if name.lowercased().contains("firehose_lite") { remarks.append(.lite) }
    return remarks
  }
}

extension XMLProblem {
  /// A term for `ImageError.malformed`.
  public var term: String {
    switch self {
    case .unexpectedEnd(let inside): "the text ends inside \(inside)"
    case .noElement: "no element"
    case .malformedTag: "malformed tag"
    case .mismatchedEndTag(let open, let found): "</\(found)> where \(open.map { "<\($0)>" } ?? "nothing") is open"
    case .duplicateAttribute(let name): "two attributes \(name)"
    case .forbiddenDeclaration(let word): "<!\(word)> is not allowed"
    case .unknownEntity(let name): "unknown entity &\(name);"
    case .invalidCharacterReference(let text): "invalid character reference &#\(text);"
    case .invalidEncoding: "invalid UTF-16"
    case .limitExceeded(let name): "more than \(name) allows"
    }
  }
}
