/// An endpoint as its descriptor names it: number in bits 0–3, direction in bit 7 (USB 2.0, 9.6.6).
public struct EndpointAddress: Hashable, Sendable, CustomStringConvertible {
  public var rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }
  public static func input(_ number: UInt8) -> Self { Self(rawValue: 0x80 | number) }
  public static func output(_ number: UInt8) -> Self { Self(rawValue: number & 0x0F) }
  /// The control endpoint.
  public static let zero = Self(rawValue: 0)

  public var number: UInt8 { rawValue & 0x0F }
  /// Whether data goes from the device to the host.
  public var isInput: Bool { rawValue & 0x80 != 0 }

  /// `EP 81` style, two hexadecimal digits.
  public var description: String {
    let digits = String(rawValue, radix: 16, uppercase: true)
    return "EP " + (digits.count == 1 ? "0" + digits : digits)
  }
}
