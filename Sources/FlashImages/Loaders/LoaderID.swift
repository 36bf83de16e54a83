/// The number that a list of loaders gives to an image: decimal, or hexadecimal with `0x`.
enum LoaderID {
  /// What may stand in a list. Source: `docs/protocols/sahara.md` 3.4.
  static let listed: ClosedRange<UInt32> = 1...127

  static func parse(_ text: some StringProtocol) -> UInt32? {
    let isHexadecimal = text.hasPrefix("0x") || text.hasPrefix("0X")
    let digits = isHexadecimal ? text.dropFirst(2) : text[...]
    guard !digits.isEmpty, digits.utf8.count <= 9,
      digits.utf8.allSatisfy({ isHexadecimal ? $0.nibble != nil : (0x30...0x39).contains($0) })
    else { return nil }
    return UInt32(digits, radix: isHexadecimal ? 16 : 10)
  }
}
