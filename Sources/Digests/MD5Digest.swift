import Crypto

/// MD5 over bytes that come in pieces, for formats that know nothing better; it protects against nobody.
public struct MD5Digest: Sendable {
  private var hasher = Insecure.MD5()

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) { unsafe hasher.update(bufferPointer: bytes) }

  /// The digest of all bytes so far, 32 lower-case hexadecimal digits.
  public func hexadecimal() -> String {
    hasher.finalize().map { byte in
      let digits = String(byte, radix: 16)
      return byte < 16 ? "0" + digits : digits
    }.joined()
  }
}
