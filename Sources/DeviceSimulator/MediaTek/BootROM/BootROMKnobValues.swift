import Digests
import WireFormat

/// Who answers.
enum BootROMActorValue: String, KnobValue, CaseIterable {
  case bootROM = "brom"
  /// Goes after a short window.
  case preloader
  /// A build that waits for a host for ever.
  case waitingPreloader = "waiting-preloader"
}

/// The descriptors of `docs/protocols/mtk-brom.md` 2.2.
enum DescriptorLayoutValue: String, KnobValue, CaseIterable {
  /// Data interface first, high speed.
  case classic
  /// Communication interface first, high speed.
  case newer
  /// Data interface first but numbered 1, endpoint descriptors of eight bytes.
  case odd
  /// Communication interface first, full speed.
  case bootROM = "brom"
  /// A feature phone's port: never answers.
  case comPort = "com-port"
}

/// A number of one byte.
struct UnitByte: KnobValue, Equatable {
  var value: UInt8

  init(_ value: UInt8) { self.value = value }

  init?(knobText text: String) {
    guard let value = UInt8(text) else { return nil }
    self.value = value
  }
  var knobText: String { "\(value)" }
  static var allowed: [String] { ["0…255"] }
}

/// Addresses, `START-END` in hexadecimal, the end included.
struct MemoryRanges: KnobValue, Equatable {
  var ranges: [ClosedRange<UInt32>] = []

  init(_ ranges: [ClosedRange<UInt32>]) { self.ranges = ranges }

  init?(knobText text: String) {
    guard text != "none" else { return }
    for word in text.split(whereSeparator: { $0 == "+" || $0 == "," }) {
      let ends = word.split(separator: "-").compactMap { UInt32($0, radix: 16) }
      guard ends.count == 2, ends[0] <= ends[1] else { return nil }
      ranges.append(ends[0]...ends[1])
    }
  }

  var knobText: String {
    guard !ranges.isEmpty else { return "none" }
    return ranges.map { String($0.lowerBound, radix: 16) + "-" + String($0.upperBound, radix: 16) }
      .joined(separator: "+")
  }
  static var allowed: [String] { ["none", "START-END[+…], hexadecimal"] }

  /// Whether all of `byteCount` bytes lie in one range.
  func contains(_ address: UInt32, byteCount: UInt64) -> Bool {
    guard byteCount > 0 else { return true }
    let last = UInt64(address) + byteCount - 1
    return ranges.contains { $0.contains(address) && last <= UInt64($0.upperBound) }
  }
}

/// What a boot ROM says after a good write (section 4).
enum WriteStatusValue: String, KnobValue, CaseIterable {
  case zero = "0000"
  case one = "0001"

  var number: UInt16 { self == .zero ? 0 : 1 }
}

/// Which agents are let in.
enum AcceptedAgents: KnobValue, Equatable {
  case any
  case none
  /// Those whose signature is a fixture's: its first 32 bytes are the SHA-256 of what it signs.
  case signed
  /// Those with one of these digests, signature included.
  case digests([String])

  init?(knobText text: String) {
    switch text {
    case "any": self = .any
    case "none": self = .none
    case "signed": self = .signed
    default:
      let digests = text.split(separator: "+").map { $0.lowercased() }
      guard !digests.isEmpty, digests.allSatisfy({ $0.utf8.count == 64 && $0.allSatisfy(\.isHexDigit) }) else {
        return nil
      }
      self = .digests(digests)
    }
  }

  var knobText: String {
    switch self {
    case .any: "any"
    case .none: "none"
    case .signed: "signed"
    case .digests(let digests): digests.joined(separator: "+")
    }
  }
  static var allowed: [String] { ["any", "signed", "none", "SHA-256[+…]"] }

  /// Whether a program with so many bytes of signature at its end is let in.
  func lets(in program: [UInt8], signatureByteCount: Int) -> Bool {
    switch self {
    case .any: true
    case .none: false
    case .signed:
      FixtureSignature.isValid(program, signatureByteCount: signatureByteCount)
    case .digests(let digests):
      digests.contains(FixtureSignature.digest(of: program[...]).map { Hex.string([$0]) }.joined().lowercased())
    }
  }
}

/// What runs after JUMP_DA.
enum NextStageValue: String, KnobValue, CaseIterable {
  case agent
  /// A program that says C0 and nothing more.
  case raw
}

/// What a device is after it has started anew.
enum MediaTekNextMode: String, KnobValue, CaseIterable {
  /// As it was turned on.
  case same
  case bootROM = "brom"
  case preloader
  /// A running system, under another identity.
  case booted
  /// Fastboot, under another identity.
  case fastboot
  case gone
}
