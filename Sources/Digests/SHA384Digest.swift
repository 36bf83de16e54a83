import Crypto

/// SHA-384 over bytes that come in pieces.
public struct SHA384Digest: Sendable {
  private var hasher = SHA384()

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) { unsafe hasher.update(bufferPointer: bytes) }

  /// The digest of all bytes so far, 96 lower-case hexadecimal digits.
  public func hexadecimal() -> String {
    hasher.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }
}
