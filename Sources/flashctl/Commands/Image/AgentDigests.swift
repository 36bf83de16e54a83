import Digests
import FlashImages
import WireFormat

/// Whether each second stage is the one that its first stage expects: agents keep its digest.
///
/// Source: `docs/protocols/mtk-da-file.md` 4.
struct AgentDigests {
  /// By the entry's number.
  private let algorithms: [Int: String]

  /// Longer than any stage that has been seen, by far.
  private static let stageByteCount: UInt64 = 8 << 20

  init(_ archive: AgentArchive) throws {
    var algorithms: [Int: String] = [:]
    // Entries of one chip family often share their programs.
    var known: [String: String?] = [:]
    for entry in archive.entries {
      guard !Task.isCancelled else { throw ImageError.cancelled }
      guard let first = entry.stages.first, let second = entry.stages.second else { continue }
      let (stage1, stage2) = (entry.regions[first], entry.regions[second])
      let key = "\(stage1.offset)+\(stage1.byteCount),\(stage2.offset)+\(stage2.byteCount)-\(stage2.signatureByteCount)"
      let algorithm = try known[key] ?? Self.algorithm(stage1, stage2, in: archive)
      known[key] = algorithm
      algorithms[entry.index] = algorithm
    }
    self.algorithms = algorithms
  }

  /// The digest by which the second stage is known; `nil` where none was found, which proves nothing.
  func algorithm(of entry: AgentEntry) -> String? { algorithms[entry.index] }

  private static func algorithm(
    _ stage1: AgentRegion, _ stage2: AgentRegion, in archive: AgentArchive
  ) throws -> String? {
    for region in [stage1, stage2] {
      guard UInt64(region.byteCount) <= stageByteCount, region.unsignedByteCount > 0,
        let range = region.range, range.upperBound <= archive.byteCount
      else { return nil }
    }
    let code = try archive.content(of: stage1)
    let program = try archive.content(of: stage2).prefix(Int(stage2.unsignedByteCount))
    return digests(of: Array(program)).first { contains(code, $0.bytes) }?.name
  }

  private static func digests(of program: [UInt8]) -> [(name: String, bytes: [UInt8])] {
    var (sha256, sha1, md5) = (SHA256Digest(), SHA1Digest(), MD5Digest())
    unsafe program.withUnsafeBytes { buffer in
      unsafe sha256.update(buffer)
      unsafe sha1.update(buffer)
      unsafe md5.update(buffer)
    }
    return [("SHA-256", sha256.hexadecimal()), ("SHA-1", sha1.hexadecimal()), ("MD5", md5.hexadecimal())].map {
      (name: $0.0, bytes: Hex.bytes($0.1) ?? [])
    }
  }

  private static func contains(_ code: [UInt8], _ digest: [UInt8]) -> Bool {
    guard let first = digest.first, code.count >= digest.count else { return false }
    var index = 0
    while index <= code.count - digest.count {
      if code[index] == first, code[index..<index + digest.count].elementsEqual(digest) { return true }
      index += 1
    }
    return false
  }
}
