public import WireFormat

/// An element that a host sends: its name, and its attributes in the order in which they are written.
///
/// The order counts: tables of Validated Image Programming hold digests of whole documents
/// (`docs/protocols/firehose.md` 6 and 7). Names are read whatever their case (1.1).
public protocol FirehoseElement: Equatable, Sendable {
  static var elementName: String { get }
  /// Reads an element whose name is the right one; unknown attributes mean nothing.
  init(parsing element: XMLElement) throws(FirehoseMessageError)
  var attributes: [XMLAttribute] { get }
}

/// Why a text is no Firehose command.
public enum FirehoseMessageError: Error, Equatable, Sendable {
  case xml(XMLError)
  /// The root is not `data`, or there is more or less than one element in it.
  case notOneCommand(root: String, count: Int)
  case missingAttribute(element: String, name: String)
  case invalidAttribute(element: String, name: String, value: String)
}

extension FirehoseElement {
  /// The element as values of attributes, for whoever writes it.
  public var element: XMLElement { XMLElement(Self.elementName, attributes: attributes) }
}

extension XMLElement {
  /// The text of an attribute that has to be there.
  func required(_ name: String) throws(FirehoseMessageError) -> String {
    guard let value = self[name] else { throw .missingAttribute(element: self.name, name: name) }
    return value
  }

  /// A number, decimal or with `0x`; `nil` when the attribute is missing.
  func number<Number: FixedWidthInteger>(
    _ name: String, as _: Number.Type = Number.self
  ) throws(FirehoseMessageError) -> Number? {
    guard let text = self[name] else { return nil }
    guard let number = FirehoseNumber.parse(text, as: Number.self) else {
      throw .invalidAttribute(element: self.name, name: name, value: text)
    }
    return number
  }

  func requiredNumber<Number: FixedWidthInteger>(
    _ name: String, as type: Number.Type = Number.self
  ) throws(FirehoseMessageError) -> Number {
    guard let number = try number(name, as: type) else { throw .missingAttribute(element: self.name, name: name) }
    return number
  }

  /// `1` and `true` are yes, everything else is no.
  func flag(_ name: String) -> Bool? {
    self[name].map { ["1", "true", "yes"].contains($0.lowercased()) }
  }
}

/// Numbers as programmers and vendors write them.
public enum FirehoseNumber {
  /// Decimal digits, a trailing dot allowed, or hexadecimal ones behind `0x`; `nil` for anything else and for what does
  /// not fit.
  public static func parse<Number: FixedWidthInteger>(_ text: String, as _: Number.Type = Number.self) -> Number? {
    var digits = Substring(text)
    while let first = digits.first, first.isWhitespace { digits = digits.dropFirst() }
    while let last = digits.last, last.isWhitespace { digits = digits.dropLast() }
    if digits.hasPrefix("0x") || digits.hasPrefix("0X") {
      digits = digits.dropFirst(2)
      guard let first = digits.first, first.isHexDigit else { return nil }
      return Number(digits, radix: 16)
    }
    if digits.hasSuffix(".") { digits = digits.dropLast() }
    guard let first = digits.utf8.first, (0x30...0x39).contains(first) else { return nil }
    return Number(digits, radix: 10)
  }
}

/// Puts attributes together in order, leaving out those without a value.
struct FirehoseAttributes {
  private(set) var list: [XMLAttribute] = []

  mutating func add(_ name: String, _ value: String?) {
    if let value { list.append(XMLAttribute(name, value)) }
  }

  mutating func add(_ name: String, _ value: (some BinaryInteger)?) {
    if let value { list.append(XMLAttribute(name, "\(value)")) }
  }

  mutating func add(_ name: String, flag: Bool?) {
    if let flag { list.append(XMLAttribute(name, flag ? "1" : "0")) }
  }
}
