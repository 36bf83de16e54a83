import Crypto

/// SHA-256 over bytes that come in pieces.
public struct SHA256Digest: Sendable {
  private var hasher = SHA256()

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) { unsafe hasher.update(bufferPointer: bytes) }

  /// The digest of all bytes so far, 32 bytes.
  public func bytes() -> [UInt8] { Array(hasher.finalize()) }

  /// The digest of all bytes so far, 64 lower-case hexadecimal digits.
  public func hexadecimal() -> String {
    hasher.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }
}
