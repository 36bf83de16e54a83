import FlashImages
import Qualcomm

/// Whether loaders were signed for the device at hand.
///
/// A chip is fused to the hash of one root certificate, and takes nothing that was signed under another. A chip whose
/// hash is zero takes anything. Source: `qualcomm-packages.md` 11.1.
struct LoaderMatch {
  struct Mismatch: Equatable {
    var name: String
    /// Of the loader's root certificate.
    var signedUnder: String
  }

  /// What the device gives as its public key hash.
  let deviceHash: String
  let mismatches: [Mismatch]

  /// `nil` where the device or the loaders do not tell.
  init?(_ loaders: LoaderSet, _ answers: SaharaAnswers) throws(ImageError) {
    guard let hash = answers.keyHash, !hash.isZero, let algorithm = Self.algorithm(of: hash) else { return nil }
    deviceHash = hash.text
    var found = false
    var mismatches: [Mismatch] = []
    for image in loaders.images {
      guard let file = image.file, let root = try LoaderDigests.root(of: file, by: algorithm) else { continue }
      found = true
      if root != hash.text { mismatches.append(Mismatch(name: image.name, signedUnder: root)) }
    }
    guard found else { return nil }
    self.mismatches = mismatches
  }

  /// The digest that a device uses, by its length; `nil` for another one.
  private static func algorithm(of hash: SaharaKeyHash) -> MBNHashHeader.HashAlgorithm? {
    switch hash.bytes.count {
    case MBNHashHeader.HashAlgorithm.sha256.byteCount: .sha256
    case MBNHashHeader.HashAlgorithm.sha384.byteCount: .sha384
    default: nil
    }
  }

  /// Says what does not match: a warning each, or an error where that was asked for.
  func report(on console: Console, isStrict: Bool) throws {
    for mismatch in mismatches {
      let message =
        "\(mismatch.name): signed under root certificate \(mismatch.signedUnder), and the device takes \(deviceHash) only"
      guard !isStrict else {
        throw Diagnostic(
          code: "loader.other-signer", message: message,
          remedy: "get the loader that the device's manufacturer signed for this device", exitStatus: .badData,
          step: "check the loader")
      }
      console.event(
        "notice",
        [
          "code": "loader.other-signer",
          "facts": [
            "file": .string(mismatch.name), "rootHash": .string(mismatch.signedUnder),
            "deviceHash": .string(deviceHash),
          ],
        ])
      console.warning(message)
    }
  }
}
