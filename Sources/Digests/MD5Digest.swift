import CNettle

/// MD5 over bytes that come in pieces, for formats that know nothing better; it protects against nobody.
public struct MD5Digest: Sendable {
  private var state = md5_ctx()

  public init() { unsafe nettle_md5_init(&state) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    unsafe nettle_md5_update(&state, bytes.count, start.assumingMemoryBound(to: UInt8.self))
  }

  /// The digest of all bytes so far, 32 lower-case hexadecimal digits.
  public func hexadecimal() -> String {
    var state = state
    var digest = [UInt8](repeating: 0, count: Int(MD5_DIGEST_SIZE))
    unsafe nettle_md5_digest(&state, digest.count, &digest)
    return Digests.hexadecimal(digest)
  }
}
