import Digests
import Testing

@Suite struct `SHA-384` {
  @Test func `gives the digest of FIPS 180-4's example, in pieces`() {
    var digest = SHA384Digest()
    for piece in ["a", "b", "c"] {
      let bytes = Array(piece.utf8)
      bytes.withUnsafeBytes { digest.update($0) }
    }
    #expect(
      digest.hexadecimal()
        == "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7")
  }
}
