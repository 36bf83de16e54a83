import WireFormat

/// A signature that lets a host in.
enum AgentSignatureValue: KnobValue, Equatable {
  case any
  /// What `sla-signer.sh` of the fixtures answers.
  case fixture
  case bytes([UInt8])

  init?(knobText text: String) {
    switch text {
    case "any": self = .any
    case "fixture": self = .fixture
    default:
      guard let bytes = Hex.bytes(text), (1...4096).contains(bytes.count) else { return nil }
      self = .bytes(bytes)
    }
  }

  var knobText: String {
    switch self {
    case .any: "any"
    case .fixture: "fixture"
    case .bytes(let bytes): Hex.string(bytes).lowercased()
    }
  }
  static var allowed: [String] { ["fixture", "any", "HEXADECIMAL DIGITS"] }

  func accepts(_ signature: [UInt8], of challenge: [UInt8]) -> Bool {
    switch self {
    case .any: true
    case .fixture: signature == FixtureSignature.response(to: challenge)
    case .bytes(let bytes): signature == bytes
    }
  }
}
