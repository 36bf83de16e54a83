/// A place in a device's storage as users write it: REGION on the command line.
///
/// `PART`, `SECTION/PART`, `SECTION/START+LENGTH` or `SECTION`. Which of the words is a section and which a partition
/// only the device can tell, so a target resolves it.
public enum Region: Equatable, Sendable, CustomStringConvertible {
  /// A partition or a whole section.
  case named(String)
  case partition(section: String, name: String)
  case range(section: String, start: Quantity, length: Quantity)

  /// A number of bytes, or of the storage's own sectors.
  public enum Quantity: Equatable, Sendable, CustomStringConvertible {
    case bytes(UInt64)
    case sectors(UInt64)

    /// Decimal or `0x`, with a suffix `K`, `M`, `G` (powers of 1024) or `s` for sectors; `nil` for anything else,
    /// also for what does not fit 64 bits.
    public init?(parsing text: some StringProtocol) {
      var digits = Substring(text)
      var scale: UInt64 = 1
      var isSectors = false
      switch digits.last {
      case "K": scale = 1 << 10
      case "M": scale = 1 << 20
      case "G": scale = 1 << 30
      case "s": isSectors = true
      default: break
      }
      if scale > 1 || isSectors { digits = digits.dropLast() }
      let isHexadecimal = digits.hasPrefix("0x") || digits.hasPrefix("0X")
      if isHexadecimal { digits = digits.dropFirst(2) }
      guard let first = digits.utf8.first, first != UInt8(ascii: "+"),
        let number = UInt64(digits, radix: isHexadecimal ? 16 : 10)
      else { return nil }
      let (value, overflow) = number.multipliedReportingOverflow(by: scale)
      guard !overflow else { return nil }
      self = isSectors ? .sectors(value) : .bytes(value)
    }

    public var description: String {
      switch self {
      case .bytes(let count): "\(count)"
      case .sectors(let count): "\(count)s"
      }
    }
  }

  /// `nil` when the text has empty parts, more than one slash, or numbers that are none.
  public init?(parsing text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    switch parts.count {
    case 1: self = .named(text)
    case 2:
      guard let plus = parts[1].lastIndex(of: "+"), parts[1].first?.isNumber == true else {
        self = .partition(section: parts[0], name: parts[1])
        return
      }
      guard let start = Quantity(parsing: parts[1][..<plus]),
        let length = Quantity(parsing: parts[1][parts[1].index(after: plus)...])
      else { return nil }
      self = .range(section: parts[0], start: start, length: length)
    default: return nil
    }
  }

  public var description: String {
    switch self {
    case .named(let name): name
    case .partition(let section, let name): section + "/" + name
    case .range(let section, let start, let length): "\(section)/\(start)+\(length)"
    }
  }
}
