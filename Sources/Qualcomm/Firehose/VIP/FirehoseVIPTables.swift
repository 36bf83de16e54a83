import Digests
import FlashImages

/// The digests of everything that will be sent, as tables that a fused device checks it against.
///
/// The signed table lists 53 frames and, as its 54th entry, the digest of the first chained table; each chained table
/// lists 255 and the digest of the next; the last one has a zero byte behind it, so that its length is no multiple of a
/// packet. Source: `docs/protocols/firehose.md` 7.1.
public struct FirehoseVIPTables: Equatable, Sendable {
  public static let digestByteCount = 32
  /// Frames that the signed table lists.
  public static let signedFrames = 53
  /// Frames that a chained table lists.
  public static let chainedFrames = 255
  public static let maximumChainedTables = 32
  public static let maximumFrames = signedFrames + maximumChainedTables * chainedFrames
  /// Bytes of a table at most.
  public static let maximumByteCount = 8192

  /// What is signed: `DigestsToSign.bin`, or that file as a signed MBN (`DigestsToSign.bin.mbn`).
  public var signed: [UInt8]
  /// `ChainedTableOfDigests<n>.bin`, in order.
  public var chained: [[UInt8]]

  public init(signed: [UInt8], chained: [[UInt8]]) {
    self.signed = signed
    self.chained = chained
  }

  /// The tables for frames of these digests, not signed yet.
  public init(digests: [[UInt8]]) throws(FirehoseVIPError) {
    guard digests.count <= Self.maximumFrames else {
      throw .tooManyFrames(digests.count, limit: Self.maximumFrames)
    }
    var groups: [ArraySlice<[UInt8]>] = []
    var rest = digests.dropFirst(Self.signedFrames)
    while !rest.isEmpty {
      groups.append(rest.prefix(Self.chainedFrames))
      rest = rest.dropFirst(Self.chainedFrames)
    }
    // From the last one on: each table holds the digest of the next.
    var tables: [[UInt8]] = []
    for group in groups.reversed() {
      let end = tables.last.map { Self.digest($0) } ?? [0]
      tables.append(group.flatMap { $0 } + end)
    }
    chained = tables.reversed()
    signed = digests.prefix(Self.signedFrames).flatMap { $0 } + (chained.first.map { Self.digest($0) } ?? [])
  }

  static func digest(_ bytes: [UInt8]) -> [UInt8] {
    var digest = SHA256Digest()
    unsafe bytes.withUnsafeBytes { buffer in unsafe digest.update(buffer) }
    return digest.bytes()
  }

  /// Reads the tables that somebody has made and signed from a folder.
  public init(folder: String) throws(FirehoseVIPError) {
    let prefix = folder.hasSuffix("/") ? folder : folder + "/"
    guard let signed = try Self.read(prefix + Self.signedName) else { throw .noSignedTable(folder: folder) }
    self.signed = signed
    guard (try? FirehoseVIPSignedTable(parsing: signed)) != nil else {
      throw .notSigned(path: prefix + Self.signedName)
    }
    chained = []
    while chained.count < Self.maximumChainedTables,
      let table = try Self.read(prefix + Self.chainedName(chained.count))
    {
      chained.append(table)
    }
  }

  public static let signedName = "DigestsToSign.bin.mbn"
  public static let unsignedName = "DigestsToSign.bin"
  public static let digestsName = "DIGEST_TABLE.bin"
  public static func chainedName(_ number: Int) -> String { "ChainedTableOfDigests\(number).bin" }

  /// A whole table; `nil` when there is no such file.
  private static func read(_ path: String) throws(FirehoseVIPError) -> [UInt8]? {
    do throws(ImageError) {
      let file = try RegularFile(path: path)
      let count = try file.length()
      guard count <= UInt64(maximumByteCount) else { throw ImageError.tooLarge(path: path, byteCount: count) }
      return try file.bytes(at: 0, count: Int(count))
    } catch {
      switch error {
      case .missing: return nil
      case .tooLarge(let path, let count):
        throw .tooLong(path: path, byteCount: count, limit: UInt64(maximumByteCount))
      default: throw .file(error)
      }
    }
  }
}

/// The signed table's container: an MBN header of 40 or 48 bytes, the digests, signature and certificates.
///
/// | offset | field          | offset | field            |
/// |-------:|----------------|-------:|------------------|
/// |      0 | image id, 0x1A |     20 | code size        |
/// |      4 | version        |     28 | signature size   |
/// |     16 | image size     |     36 | certificate size |
///
/// The digests begin at the file's size less the image size. Source: `docs/protocols/firehose.md` 7.1.
public struct FirehoseVIPSignedTable: Equatable, Sendable {
  public static let imageID: UInt32 = 0x1A
  public static let versions: Set<UInt32> = [3, 5, 6]

  public var version: UInt32
  /// Everything that is signed: digests of frames, and of the first chained table.
  public var digests: [UInt8]

  /// Throws `notSigned` for anything else.
  public init(parsing file: [UInt8]) throws(FirehoseVIPError) {
    func word(_ offset: Int) -> UInt32? {
      guard offset + 4 <= file.count else { return nil }
      return file[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    guard word(0) == Self.imageID, let version = word(4), Self.versions.contains(version),
      let imageSize = word(16).map(Int.init), let codeSize = word(20).map(Int.init),
      codeSize <= imageSize, imageSize <= file.count - (version == 6 ? 48 : 40),
      codeSize % FirehoseVIPTables.digestByteCount == 0, codeSize > 0
    else { throw .notSigned(path: FirehoseVIPTables.signedName) }
    self.version = version
    let start = file.count - imageSize
    digests = Array(file[start..<start + codeSize])
  }
}
