public import WireFormat

/// A programmer's answer to a command. Source: `docs/protocols/firehose.md` 1.1 and 3.
public struct FirehoseResponse: Equatable, Sendable {
  public enum Value: Equatable, Sendable {
    case ack
    case nak
    /// Neither; the text as it came.
    case other(String)
  }

  public var value: Value
  /// Whether raw data come next.
  public var isRawMode: Bool
  /// Everything else, in the order in which it came.
  public var attributes: [XMLAttribute]

  public init(_ value: Value, isRawMode: Bool = false, attributes: [XMLAttribute] = []) {
    self.value = value
    self.isRawMode = isRawMode
    self.attributes = attributes
  }

  public init(parsing element: XMLElement) {
    let text = (element["value"] ?? "").firehoseTrimmed
    switch text.lowercased() {
    case "ack", "true": value = .ack
    case "nak", "false": value = .nak
    default: value = .other(text)
    }
    isRawMode = element.flag("rawmode") ?? false
    attributes = element.attributes.filter { !["value", "rawmode"].contains($0.name.lowercased()) }
  }

  public var isACK: Bool { value == .ack }

  /// An attribute by its name, whatever its case.
  public subscript(_ name: String) -> String? {
    let folded = name.lowercased()
    return attributes.first { $0.name.lowercased() == folded }?.value
  }

  /// A numeric attribute; `nil` also when it is no number.
  public func number(_ name: String) -> UInt64? { self[name].flatMap { FirehoseNumber.parse($0) } }

  /// Another response follows, and this one means nothing.
  public var asksToWaitForAnother: Bool { isSet("AttemptRetry") }
  /// The programmer wants to be loaded again.
  public var asksForRestart: Bool { isSet("AttemptRestart") }

  private func isSet(_ name: String) -> Bool {
    guard let text = self[name]?.lowercased() else { return false }
    return text != "0" && text != "false"
  }

  public var element: XMLElement {
    let text =
      switch value {
      case .ack: "ACK"
      case .nak: "NAK"
      case .other(let text): text
      }
    let own = [XMLAttribute("value", text), XMLAttribute("rawmode", isRawMode ? "true" : "false")]
    return XMLElement("response", attributes: own + attributes)
  }

  /// The response as a device sends it.
  public var document: [UInt8] { FirehoseDocument.deviceBytes(of: element) }
}

/// A line of a programmer's log. Source: `docs/protocols/firehose.md` 1.1.
public struct FirehoseLog: Equatable, Sendable {
  /// Without white space around it; never empty when it was read.
  public var text: String

  public init(_ text: String) { self.text = text }

  /// Whether the line reports an error.
  public var isError: Bool { text.contains("ERROR") }

  /// The line without `INFO:` and the like.
  public var words: String {
    for prefix in ["INFO:", "ERROR:", "WARN:", "WARNING:", "DEBUG:"] where text.hasPrefix(prefix) {
      return String(text.dropFirst(prefix.count)).firehoseTrimmed
    }
    return text
  }

  public var element: XMLElement { XMLElement("log", attributes: [XMLAttribute("value", text)]) }
  /// The log as a device sends it.
  public var document: [UInt8] { FirehoseDocument.deviceBytes(of: element) }
}

extension String {
  /// Without white space and NULs around it.
  var firehoseTrimmed: String {
    func isNothing(_ character: Character) -> Bool { character.isWhitespace || character == "\0" }
    var text = Substring(self)
    while let first = text.first, isNothing(first) { text = text.dropFirst() }
    while let last = text.last, isNothing(last) { text = text.dropLast() }
    return String(text)
  }
}
