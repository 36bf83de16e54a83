import Digests
import Testing

@Suite struct `SHA-256` {
  @Test func `gives the digest of FIPS 180-4's example, in pieces`() {
    var digest = SHA256Digest()
    for piece in ["a", "b", "c"] {
      let bytes = Array(piece.utf8)
      bytes.withUnsafeBytes { digest.update($0) }
    }
    #expect(digest.hexadecimal() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  }
}
