import CNettle

/// SHA-256 over bytes that come in pieces.
public struct SHA256Digest: Sendable {
  private var state = sha256_ctx()

  public init() { unsafe nettle_sha256_init(&state) }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress else { return }
    unsafe nettle_sha256_update(&state, bytes.count, start.assumingMemoryBound(to: UInt8.self))
  }

  /// The digest of all bytes so far, 32 bytes.
  public func bytes() -> [UInt8] {
    var state = state
    var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
    unsafe nettle_sha256_digest(&state, digest.count, &digest)
    return digest
  }

  /// The digest of all bytes so far, 64 lower-case hexadecimal digits.
  public func hexadecimal() -> String { Digests.hexadecimal(bytes()) }
}
