/// The certificates behind a loader's signature: DER, one after the other, filled up with FF.
///
/// Nothing is proven with them. They tell whom the loader was signed for: the digest of the root certificate is what a
/// device calls its public key hash. Source: `qualcomm-packages.md` 11.1.
public struct CertificateChain: Equatable, Sendable {
  /// Where each certificate lies in the file, in bytes; the first is the image's own.
  public var certificates: [Range<UInt64>]
  /// What the image's own certificate says in its subject.
  public var facts: SigningFacts

  /// A longer chain is not looked at.
  static let maximumByteCount: UInt64 = 256 << 10
  /// The place of the root certificate in a chain of three.
  private static let rootPlace = 2

  /// The root certificate, where the chain has the usual three. Longer chains carry several roots, of which a device
  /// hashes more than one.
  public var root: Range<UInt64>? { certificates.count == Self.rootPlace + 1 ? certificates[Self.rootPlace] : nil }

  /// `nil` where there is no certificate.
  init?(_ bytes: any RandomAccessBytes, _ range: Range<UInt64>) throws(ImageError) {
    guard !range.isEmpty, range.upperBound - range.lowerBound <= Self.maximumByteCount else { return nil }
    let count = Int(range.upperBound - range.lowerBound)
    let chain = try bytes.bytes(at: range.lowerBound, atMost: count, length: range.upperBound)
    certificates = []
    var offset = 0
    while let element = DERElement(chain, at: offset, before: chain.count), element.tag == DERElement.sequence {
      certificates.append(range.lowerBound + UInt64(offset)..<range.lowerBound + UInt64(element.content.upperBound))
      offset = element.content.upperBound
    }
    guard let first = DERElement(chain, at: 0, before: chain.count), !certificates.isEmpty else { return nil }
    facts = SigningFacts(certificate: first, in: chain)
  }
}
