import Digests
import WireFormat

/// The signatures of fixture files: 256 bytes that a simulated device can check, and that no real one takes for one.
///
/// The first 32 bytes are the SHA-256 of what is signed; text follows.
enum FixtureSignature {
  static let byteCount = 256

  static func signature(of content: [UInt8]) -> [UInt8] {
    var bytes = digest(of: content[...])
    bytes.append("flashctl fixture, for simulated devices only", paddedTo: byteCount - bytes.count)
    return bytes
  }

  static func isValid(_ program: [UInt8], signatureByteCount: Int) -> Bool {
    guard signatureByteCount >= 32, signatureByteCount <= program.count else { return false }
    let content = program.dropLast(signatureByteCount)
    return program[content.endIndex...].prefix(32) == digest(of: content)[...]
  }

  static func digest(of content: ArraySlice<UInt8>) -> [UInt8] {
    var digest = SHA256Digest()
    unsafe content.withUnsafeBytes { unsafe digest.update($0) }
    return digest.bytes()
  }

  /// What a fixture's signer answers to a challenge: the hexadecimal digits of its SHA-256, as sha256sum writes them.
  static func response(to challenge: [UInt8]) -> [UInt8] {
    Array(Hex.string(digest(of: challenge[...])).lowercased().utf8)
  }
}
