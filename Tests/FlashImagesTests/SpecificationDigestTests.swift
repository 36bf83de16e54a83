import Digests
import Testing

/// Files of the specifications whose digests it states.
@Suite struct `Digests of the specifications' files` {
  private func sha256(_ bytes: [UInt8]) -> String {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal()
  }

  @Test func `the samples are the files that the specifications describe`() {
    #expect(
      sha256(Array(ScatterSample.example.utf8)) == "d57de6956d659b5420c590531b183fd7d50c3c613dedc705cf726221f236a2f1")
    #expect(
      sha256(Array(ScatterSample.legacy.utf8)) == "b6a29baf39a8faafd701e064cc01abc500e50decb91da5d366d1a2a7b75edf38")
    #expect(sha256(AgentSamples.synthetic) == "7e53cf9e0b2373cc493f11621e3cb7a2ceb0645d393dc453c3d8fd1263c10a96")
  }
}
