/// What a Mk II device runs: the difference decides how long a reboot takes. Source: `docs/protocols/mkii.md` 2.3, 8.
public enum MkIIMode: String, Equatable, Sendable {
  case update
  case pcSuite = "PC Suite"
  /// The configuration's string could not be read.
  case unknown
  /// Over TCP nothing tells.
  case tcp

  /// iConfiguration in update mode, exactly.
  public static let updateConfiguration = "Firmware Upgrade Configuration"

  /// Tells the mode of a Mk II device by iConfiguration; iProduct says "PC-Suite" in both.
  public init(configurationName: String?) {
    switch configurationName {
    case nil: self = .unknown
    case Self.updateConfiguration: self = .update
    default: self = .pcSuite
    }
  }

  /// How long a device needs to leave the bus after it has acknowledged a reboot: a full system shuts down first.
  public var departureDelay: Duration { self == .update ? .milliseconds(100) : .seconds(3) }

  /// How long a device may take to come back; update mode needs a kernel boot.
  public static let returnLimit: Duration = .seconds(60)
}

/// The serial number as a person reads it: pairs of hexadecimal digits are decoded where all of them give printable
/// characters. Source: `docs/protocols/mkii.md` 2.4.
public enum MkIISerialNumber {
  public static func display(_ text: String) -> String {
    let digits = Array(text.utf8)
    guard !digits.isEmpty, digits.count % 2 == 0 else { return text }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      let pair = String(decoding: digits[index...index + 1], as: UTF8.self)
      guard let byte = UInt8(pair, radix: 16), (0x20...0x7E).contains(byte), !pair.contains("+") else { return text }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
