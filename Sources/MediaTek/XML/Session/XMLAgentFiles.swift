/// What an agent gets to see of files in one command: those that are part of it, by the names that the command gave them.
///
/// Nothing here is a path of this machine. What the device hands over in the course of an update is kept for it too, under
/// its own names. Source: `docs/protocols/mtk-xml.md` 5.
public struct XMLAgentFiles: Equatable, Sendable {
  /// A file that the device may ask for.
  public struct Outgoing: Equatable, Sendable {
    public enum Origin: Equatable, Sendable {
      /// The host offered it: its place among what was offered.
      case offered(Int)
      /// The device gave it to us before: its place among what was received.
      case received(Int)
    }

    public var name: String
    public var byteCount: UInt64
    public var origin: Origin
    /// Whether the command has failed when the device has not asked for it.
    public var isRequired: Bool
    public var isSent = false
  }

  /// What the device may hand over.
  public enum Incoming: Equatable, Sendable {
    case none
    /// One file of at most `limit` bytes; of exactly `expected`, where that is known.
    case one(limit: UInt64, expected: UInt64?, isRequired: Bool)
    /// Files for this folder, as the command calls it.
    case folder(String, limit: UInt64)
  }

  public private(set) var outgoing: [Outgoing] = []
  public let incoming: Incoming
  /// The plain names of what was received, or is being.
  public private(set) var received: [String] = []
  /// Files that an update may hand over.
  private static let receivedLimit = 64

  public init(incoming: Incoming = .none) { self.incoming = incoming }

  /// One file that the command is about.
  public static func sending(_ name: String, byteCount: UInt64) -> XMLAgentFiles {
    var files = XMLAgentFiles()
    files.offer(name, byteCount: byteCount, isRequired: true)
    return files
  }

  /// A result of at most so many bytes.
  public static func receiving(
    atMost limit: UInt64, exactly expected: UInt64? = nil, isRequired: Bool = true
  ) -> XMLAgentFiles {
    XMLAgentFiles(incoming: .one(limit: limit, expected: expected, isRequired: isRequired))
  }

  public mutating func offer(_ name: String, byteCount: UInt64, isRequired: Bool = false) {
    let place = outgoing.count { if case .offered = $0.origin { true } else { false } }
    outgoing.append(
      Outgoing(name: name, byteCount: byteCount, origin: .offered(place), isRequired: isRequired))
  }

  /// The file that a device means; the only one there is where a broken message lost the name.
  func index(of name: String) -> Int? {
    if let index = outgoing.lastIndex(where: { $0.name == name }) { return index }
    return name.isEmpty && outgoing.count == 1 ? 0 : nil
  }

  mutating func markSent(_ index: Int) { outgoing[index].isSent = true }

  /// What the device has not asked for although the command is about it.
  var missing: Outgoing? { outgoing.first { $0.isRequired && !$0.isSent } }

  // MARK: What comes

  /// Whether a file may be taken, and the plain name that it gets.
  func plainName(for target: String) -> String? {
    switch incoming {
    case .none: return nil
    case .one: return received.isEmpty ? "" : nil
    case .folder(let folder, _):
      guard received.count < Self.receivedLimit else { return nil }
      var name = target[...]
      if name.hasPrefix(folder + "/") || name.hasPrefix(folder + "\\") { name = name.dropFirst(folder.count + 1) }
      return Self.isPlain(name) ? String(name) : nil
    }
  }

  private static func isPlain(_ name: Substring) -> Bool {
    (1...200).contains(name.utf8.count) && name.first != "."
      && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !#"/\:*?"<>|"#.utf8.contains($0) }
  }

  /// Whether the size may be; the one that was expected where it is another.
  func refusal(of byteCount: UInt64) -> UInt64? {
    switch incoming {
    case .none: 0
    case .one(let limit, let expected, _):
      expected.map { $0 == byteCount ? nil : $0 } ?? (byteCount > limit ? limit : nil)
    case .folder(_, let limit): byteCount > limit ? limit : nil
    }
  }

  mutating func begin(_ name: String) -> Int {
    received.append(name)
    return received.count - 1
  }

  /// From here on the device may ask for it again, under the name that it gave it.
  mutating func finish(_ place: Int, target: String, byteCount: UInt64) {
    guard case .folder = incoming else { return }
    outgoing.removeAll { $0.name == target && $0.isReceived }
    outgoing.append(Outgoing(name: target, byteCount: byteCount, origin: .received(place), isRequired: false))
  }

  /// Forgets what the device handed over before. The file stays where it is.
  mutating func remove(_ name: String, all: Bool) {
    outgoing.removeAll { $0.isReceived && (all ? $0.name.hasPrefix(name) : $0.name == name) }
  }
}

extension XMLAgentFiles.Outgoing {
  var isReceived: Bool { if case .received = origin { true } else { false } }
}
