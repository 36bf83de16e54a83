public import MkII

/// A value that a knob can have, in the text form users write.
public protocol KnobValue: Sendable {
  init?(knobText text: String)
  var knobText: String { get }
  /// What can be written: the values, or their form.
  static var allowed: [String] { get }
}

extension String: KnobValue {
  public init?(knobText text: String) { self = text }
  public var knobText: String { self }
  public static var allowed: [String] { ["TEXT"] }
}

extension Bool: KnobValue {
  public init?(knobText text: String) {
    switch text {
    case "yes": self = true
    case "no": self = false
    default: return nil
    }
  }
  public var knobText: String { self ? "yes" : "no" }
  public static var allowed: [String] { ["yes", "no"] }
}

/// Durations are whole milliseconds.
extension Duration: KnobValue {
  public init?(knobText text: String) {
    guard let milliseconds = UInt32(text) else { return nil }
    self = .milliseconds(Int64(milliseconds))
  }
  public var knobText: String { "\(components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000)" }
  public static var allowed: [String] { ["MILLISECONDS"] }
}

/// A number of bytes: decimal or `0x`, with an optional suffix `K`, `M` or `G` (powers of 1024).
public struct ByteCount: KnobValue, Equatable {
  public var value: UInt64

  public init(_ value: UInt64) { self.value = value }

  public init?(knobText text: String) {
    var digits = text[...]
    var shift: UInt64 = 0
    switch text.last {
    case "K": shift = 10
    case "M": shift = 20
    case "G": shift = 30
    default: break
    }
    if shift > 0 { digits = digits.dropLast() }
    let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
    if isHexadecimal { digits = digits.dropFirst(2) }
    guard digits.allSatisfy(\.isHexDigit), let number = UInt64(digits, radix: isHexadecimal ? 16 : 10) else {
      return nil
    }
    let (value, overflows) = number.multipliedReportingOverflow(by: 1 << shift)
    guard !overflows else { return nil }
    self.value = value
  }

  public var knobText: String {
    for (shift, suffix) in [(30 as UInt64, "G"), (20, "M"), (10, "K")] where value > 0 && value % (1 << shift) == 0 {
      return "\(value >> shift)" + suffix
    }
    return "\(value)"
  }
  public static var allowed: [String] { ["BYTES[K|M|G]"] }
}

/// Values of an enumeration are written as their raw values.
extension KnobValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  public init?(knobText text: String) { self.init(rawValue: text) }
  public var knobText: String { rawValue }
  public static var allowed: [String] { allCases.map(\.rawValue) }
}

extension MkIIReplyLayout: KnobValue {}
