import Digests
import Testing

@Suite struct `Old digests` {
  @Test func `SHA-1 gives the digest of FIPS 180-4's example, in pieces`() {
    var digest = SHA1Digest()
    for piece in ["a", "b", "c"] {
      let bytes = Array(piece.utf8)
      bytes.withUnsafeBytes { digest.update($0) }
    }
    #expect(digest.hexadecimal() == "a9993e364706816aba3e25717850c26c9cd0d89d")
  }

  @Test func `MD5 gives the digest of RFC 1321's example, in pieces`() {
    var digest = MD5Digest()
    for piece in ["a", "b", "c"] {
      let bytes = Array(piece.utf8)
      bytes.withUnsafeBytes { digest.update($0) }
    }
    #expect(digest.hexadecimal() == "900150983cd24fb0d6963f7d28e17f72")
  }
}
