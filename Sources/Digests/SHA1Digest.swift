import CNettle

/// SHA-1 over bytes that come in pieces, for formats that know nothing better; it protects against nobody.
public struct SHA1Digest: Sendable {
  private var state = sha1_ctx()

  public init() { unsafe nettle_sha1_init(&state) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    unsafe nettle_sha1_update(&state, bytes.count, start.assumingMemoryBound(to: UInt8.self))
  }

  /// The digest of all bytes so far, 40 lower-case hexadecimal digits.
  public func hexadecimal() -> String {
    var state = state
    var digest = [UInt8](repeating: 0, count: Int(SHA1_DIGEST_SIZE))
    unsafe nettle_sha1_digest(&state, digest.count, &digest)
    return Digests.hexadecimal(digest)
  }
}
