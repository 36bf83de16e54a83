import Digests
import WireFormat

/// What a programmer with Validated Image Programming expects: the digests of the frames to come, table by table.
/// Source: `docs/protocols/firehose.md` 7.
struct FirehoseValidation: Sendable {
  /// The longest table, signed or chained.
  static let maximumTableByteCount = 8192
  static let digestByteCount = 32
  /// Digests of frames in the signed table; a 54th one is the next table's.
  private static let signedCount = 53
  private static let chainedCount = 255

  private let requiresSignature: Bool
  private var digests: [[UInt8]] = []
  private var next = 0
  private var nextTable: [UInt8]?
  private(set) var awaitsSignedTable = true
  private(set) var hasFailed = false
  /// Frames that were right.
  private(set) var frameCount = 0

  init(requiresSignature: Bool) { self.requiresSignature = requiresSignature }

  /// Whether the next transfer is a table: the device counts frames, nothing announces it.
  var expectsTable: Bool {
    !hasFailed && (awaitsSignedTable || next == digests.count && nextTable != nil)
  }

  /// Takes a table; returns why it is refused, `nil` when it is not.
  mutating func take(_ table: [UInt8]) -> String? {
    let reason = awaitsSignedTable ? takeSigned(table) : takeChained(table)
    if reason != nil { hasFailed = true }
    return reason
  }

  private mutating func takeSigned(_ file: [UInt8]) -> String? {
    awaitsSignedTable = false
    let refusal = "Authentication of signed hash failed 0"
    guard file.count >= 40 else { return refusal }
    func word(_ index: Int) -> Int {
      (0..<4).reduce(0) { $0 | Int(file[4 * index + $1]) << (8 * $1) }
    }
    let headerByteCount = word(1) == 6 ? 48 : 40
    let (imageByteCount, codeByteCount) = (word(4), word(5))
    let limit = (Self.signedCount + 1) * Self.digestByteCount
    guard word(0) == 0x1A, [3, 5, 6].contains(word(1)), codeByteCount > 0, codeByteCount <= imageByteCount,
      codeByteCount % Self.digestByteCount == 0, codeByteCount <= limit, imageByteCount <= file.count - headerByteCount
    else { return refusal }
    if requiresSignature, word(7) == 0 || word(9) == 0 { return refusal }
    let start = file.count - imageByteCount
    adopt(Array(file[start..<start + codeByteCount]), frames: Self.signedCount)
    return nil
  }

  private mutating func takeChained(_ table: [UInt8]) -> String? {
    guard table.sha256 == nextTable else { return "Hash of the chained table does not match" }
    adopt(table, frames: Self.chainedCount)
    return nil
  }

  /// Takes whole digests; the one behind the last frame's is the next table's. A byte at the end is padding.
  private mutating func adopt(_ bytes: [UInt8], frames: Int) {
    let all = stride(from: 0, to: bytes.count - bytes.count % Self.digestByteCount, by: Self.digestByteCount)
      .map { Array(bytes[$0..<$0 + Self.digestByteCount]) }
    digests = Array(all.prefix(frames))
    nextTable = all.count > frames ? all[frames] : nil
    next = 0
  }

  /// Whether a frame is the next one.
  mutating func matches(_ digest: [UInt8]) -> Bool {
    guard !hasFailed, next < digests.count, digests[next] == digest else {
      hasFailed = true
      return false
    }
    next += 1
    frameCount += 1
    return true
  }
}

extension [UInt8] {
  fileprivate var sha256: [UInt8] {
    var digest = SHA256Digest()
    unsafe withUnsafeBytes { unsafe digest.update($0) }
    return Hex.bytes(digest.hexadecimal()) ?? []
  }
}

extension FirehoseSimulation {
  /// Checks a document against the next digest; what does not match is refused, and so is all after it.
  mutating func validate(frame: [UInt8]) -> Bool {
    validate(bytes: frame.sha256)
  }

  /// Checks a raw chunk whose digest is known.
  mutating func validate(digest: String) -> Bool {
    validate(bytes: Hex.bytes(digest) ?? [])
  }

  private mutating func validate(bytes digest: [UInt8]) -> Bool {
    guard var validation else { return true }
    let matches = validation.matches(digest)
    self.validation = validation
    if !matches { refuse("VIP: hash of the packet does not match the table, frame \(validation.frameCount + 1)") }
    return matches
  }

  /// Takes a table and answers; the raw phase that it interrupts goes on.
  mutating func takeTable(_ table: [UInt8]) {
    guard var validation else { return }
    let reason = validation.take(table)
    self.validation = validation
    guard let reason else {
      log("VIP: table of \(table.count) bytes accepted")
      respond(true, raw: state == .receiving)
      return
    }
    if state == .receiving {
      input = nil
      state = .document
    }
    refuse(reason)
  }
}
