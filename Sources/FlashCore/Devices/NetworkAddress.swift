/// A host and a TCP port, as users write them: `bench:3240`, `192.0.2.7`, `[2001:db8::7]:3240`.
public struct NetworkAddress: Equatable, Sendable, CustomStringConvertible {
  /// Which part of a text is wrong.
  public enum ParseError: String, Error, Equatable, Sendable {
    case host
    case port
  }

  /// A name or an address of either family, without brackets.
  public var host: String
  /// 1 … 65535.
  public var port: UInt16

  public init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads `HOST:PORT`, or `HOST` alone where there is a `standardPort`. An IPv6 address with a port stands in brackets.
  public init(parsing text: some StringProtocol, standardPort: UInt16? = nil) throws(ParseError) {
    let (host, port) = try Self.split(String(text))
    guard !host.isEmpty, !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F || $0 == UInt8(ascii: "/") }) else {
      throw .host
    }
    self.host = host
    guard let port else {
      guard let standardPort else { throw .port }
      self.port = standardPort
      return
    }
    guard let number = UInt16(port), number > 0 else { throw .port }
    self.port = number
  }

  private static func split(_ text: String) throws(ParseError) -> (host: String, port: Substring?) {
    if text.hasPrefix("[") {
      guard let bracket = text.firstIndex(of: "]") else { throw .host }
      let rest = text[text.index(after: bracket)...]
      guard rest.isEmpty || rest.hasPrefix(":") else { throw .port }
      return (String(text[..<bracket].dropFirst()), rest.isEmpty ? nil : rest.dropFirst())
    }
    guard let colon = text.lastIndex(of: ":") else { return (text, nil) }
    return (String(text[..<colon]), text[text.index(after: colon)...])
  }

  /// `127.0.0.1:3240`, `[::1]:3240`: always with the port.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
