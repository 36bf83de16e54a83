import CNettle

/// SHA-384 over bytes that come in pieces.
public struct SHA384Digest: Sendable {
  private var state = sha512_ctx()

  public init() { unsafe nettle_sha384_init(&state) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    unsafe nettle_sha512_update(&state, bytes.count, start.assumingMemoryBound(to: UInt8.self))
  }

  /// The digest of all bytes so far, 96 lower-case hexadecimal digits.
  public func hexadecimal() -> String {
    var state = state
    var digest = [UInt8](repeating: 0, count: Int(SHA384_DIGEST_SIZE))
    unsafe nettle_sha384_digest(&state, digest.count, &digest)
    return Digests.hexadecimal(digest)
  }
}
