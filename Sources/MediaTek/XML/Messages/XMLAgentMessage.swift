/// What an agent says in one frame.
public enum XMLAgentMessage: Equatable, Sendable {
  case token(XMLAgentToken)
  case request(XMLAgentRequest)
  /// Neither of them.
  case other

  public init(parsing payload: [UInt8]) {
    let text = XMLAgentText(payload)
    // The rest of a declaration means nothing, and may be broken.
    if text.bytes.first == UInt8(ascii: "<") || text.bytes.starts(with: [0xEF, 0xBB, 0xBF, 0x3C]) {
      self = XMLAgentRequest(text).map { .request($0) } ?? .other
    } else {
      self = XMLAgentToken(parsing: payload).map { .token($0) } ?? .other
    }
  }
}

/// A document of an agent: the frame of a command, or what it asks of its host in the middle of one.
///
/// Source: `docs/protocols/mtk-xml.md` 4 and 5.
public enum XMLAgentRequest: Equatable, Sendable {
  /// It waits for a command.
  case start
  /// The command is over. `result` is `OK`, or begins with `ERR`.
  case end(result: String, message: String)
  /// It gives data to the host.
  case upload(Transfer)
  /// It wants data from the host.
  case download(Transfer)
  case fileSystem(key: String, path: String)
  case progress(message: String)
  /// A request that nobody has described.
  case unknown(String)

  /// A file on its way.
  public struct Transfer: Equatable, Sendable {
    /// What it is for: a partition's name, `2nd-DA`, `sys-prop`.
    public var info: String
    /// `target_file` or `source_file`.
    public var file: String
    public var checksum: String
    /// Bytes of each chunk; the last one may be shorter.
    public var packetByteCount: UInt64

    public init(info: String, file: String, checksum: String = "CHK_NO", packetByteCount: UInt64) {
      self.info = info
      self.file = file
      self.checksum = checksum
      self.packetByteCount = packetByteCount
    }
  }

  /// `nil` for what has no command.
  init?(_ text: XMLAgentText) {
    guard let command = text.value("command"), !command.isEmpty else { return nil }
    let name = command.hasPrefix("CMD:") ? String(command.dropFirst(4)) : command
    switch name {
    case "START": self = .start
    case "END": self = .end(result: text.value("result") ?? "", message: text.value("message") ?? "")
    case "UPLOAD-FILE": self = .upload(Self.transfer(text, file: "target_file"))
    case "DOWNLOAD-FILE": self = .download(Self.transfer(text, file: "source_file"))
    case "FILE-SYS-OPERATION":
      self = .fileSystem(key: text.value("key") ?? "", path: text.value("file_path") ?? "")
    case "PROGRESS-REPORT": self = .progress(message: text.value("message") ?? "")
    default: self = .unknown(String(name.prefix(64)))
    }
  }

  private static func transfer(_ text: XMLAgentText, file: String) -> Transfer {
    Transfer(
      info: text.value("info") ?? "", file: text.value(file) ?? "", checksum: text.value("checksum") ?? "CHK_NO",
      packetByteCount: text.number("packet_length") ?? 0)
  }
}
