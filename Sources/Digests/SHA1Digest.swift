import Crypto

/// SHA-1 over bytes that come in pieces, for formats that know nothing better; it protects against nobody.
public struct SHA1Digest: Sendable {
  private var hasher = Insecure.SHA1()

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) { unsafe hasher.update(bufferPointer: bytes) }

  /// The digest of all bytes so far, 40 lower-case hexadecimal digits.
  public func hexadecimal() -> String {
    hasher.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }
}
