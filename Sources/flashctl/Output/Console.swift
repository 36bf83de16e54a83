import Glibc
import Synchronization

/// The two output streams: results on standard output, everything else on standard error.
///
/// With `--json` standard output carries one object a line and nothing else. A status line (the progress bar) stays
/// at the bottom of a terminal while other lines appear above it. May be used from any thread.
final class Console: Sendable {
  /// What goes to standard error.
  enum Level: Int, Comparable, Sendable {
    case error, warning, info, debug, trace

    static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }
  }

  let isJSON: Bool
  let level: Level
  let terminal: Terminal
  private let statusLine = Mutex<String?>(nil)
  private let lastOutput = Mutex(ContinuousClock.now)

  init(isJSON: Bool, level: Level, terminal: Terminal = .standardError) {
    self.isJSON = isJSON
    self.level = level
    self.terminal = terminal
  }

  /// When something was shown last.
  var lastShown: ContinuousClock.Instant { lastOutput.withLock { $0 } }
  /// Work goes on that shows itself from time to time.
  func noteActivity() { lastOutput.withLock { $0 = .now } }
  /// How long nothing has been shown.
  var silence: Duration { ContinuousClock.now - lastOutput.withLock { $0 } }

  /// A result line for people; nothing with `--json`.
  func result(_ text: String) {
    guard !isJSON else { return }
    clearing { OutputStream.standardOutput.write(SafeText.line(text) + "\n") }
  }

  /// One JSON object; nothing without `--json`. `members` come after `event`.
  func event(_ name: String, _ members: KeyValuePairs<String, JSONValue>) {
    emit(name, members.map { (key: $0.key, value: $0.value) })
  }

  func emit(_ name: String, _ members: [(key: String, value: JSONValue)]) {
    guard isJSON else { return }
    lastOutput.withLock { $0 = .now }
    OutputStream.standardOutput.write(JSONValue.object([(key: "event", value: .string(name))] + members).line + "\n")
  }

  func warning(_ text: String) { log(.warning, terminal.styled("warning: ", .yellow) + SafeText.line(text)) }
  func info(_ text: String) { log(.info, SafeText.line(text)) }
  func debug(_ text: String) { log(.debug, SafeText.line(text)) }
  func trace(_ text: String) { log(.trace, SafeText.line(text)) }

  /// A line on standard error, when its level is wanted.
  func log(_ level: Level, _ text: String) {
    guard level <= self.level else { return }
    clearing { OutputStream.standardError.write(text + "\n") }
  }

  /// Reports an error in both forms. People get it on standard error even with `--json`.
  func report(_ diagnostic: Diagnostic) {
    emit("error", diagnostic.members)
    var text = terminal.styled("flashctl: ", .red) + SafeText.line(diagnostic.message) + " [\(diagnostic.code)]"
    if let remedy = diagnostic.remedy { text += "\n  try: " + SafeText.line(remedy) }
    log(.error, text)
  }

  /// Shows `text` as the last line of the terminal until it is replaced; `nil` takes it away.
  func status(_ text: String?) {
    if text != nil { lastOutput.withLock { $0 = .now } }
    statusLine.withLock { line in
      if line != nil || text != nil { OutputStream.standardError.write("\r\u{1B}[K" + (text ?? "")) }
      line = text
    }
  }

  /// Takes the status line away if it is one that `body` means.
  func clearStatus(_ body: (String) -> Bool) {
    statusLine.withLock { line in
      guard let shown = line, body(shown) else { return }
      OutputStream.standardError.write("\r\u{1B}[K")
      line = nil
    }
  }

  /// Takes the status line away while `body` writes.
  private func clearing(_ body: () -> Void) {
    lastOutput.withLock { $0 = .now }
    statusLine.withLock { line in
      if line != nil { OutputStream.standardError.write("\r\u{1B}[K") }
      body()
      if let line { OutputStream.standardError.write(line) }
    }
  }
}

extension Diagnostic {
  /// The error event's members (docs/json.md).
  var members: [(key: String, value: JSONValue)] {
    [
      (key: "code", value: .string(code)), (key: "device", value: .optional(device)),
      (key: "step", value: .optional(step)), (key: "message", value: .string(message)),
      (key: "remedy", value: .optional(remedy)), (key: "exit", value: .integer(Int64(exitStatus.rawValue))),
    ]
  }
}
