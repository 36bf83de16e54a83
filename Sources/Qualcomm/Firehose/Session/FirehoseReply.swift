/// A command's answer: the response, and the logs that belong to it.
public struct FirehoseReply: Equatable, Sendable {
  public var command: String
  public var response: FirehoseResponse
  public var logs: [String]
  /// Bytes that were no documents.
  public var skippedByteCount: UInt64

  public init(command: String, response: FirehoseResponse, logs: [String] = [], skippedByteCount: UInt64 = 0) {
    self.command = command
    self.response = response
    self.logs = logs
    self.skippedByteCount = skippedByteCount
  }

  public var refusal: FirehoseRefusal { FirehoseRefusal(command: command, logs: logs) }
}

/// Puts an answer together from what a programmer says, without any I/O.
public struct FirehoseReplyCollector: Sendable {
  /// What to do next.
  public enum Step: Equatable, Sendable {
    /// Go on listening. A log, or a response that another one follows, begins the time anew.
    case listen(isProgress: Bool)
    case finish(FirehoseReply)
  }

  private let command: String
  private let logLimit: Int
  /// Bytes between documents that are passed over.
  private let noiseByteCount: UInt64
  /// Responses with `rawmode="true"` in the middle of raw data mean nothing (AckRawDataEveryNumPackets).
  private let skipsRawAcknowledgements: Bool
  /// One response that announces nothing may be left over from the command before.
  private var skipsOneStale: Bool
  private var logs: [String] = []
  private var keptByteCount = 0
  /// Logs so far, and responses that only announced another one.
  public private(set) var progressCount = 0
  private var skipped: UInt64 = 0

  public init(
    command: String, logLimit: Int, noiseByteCount: UInt64 = 64 << 10, skipsRawAcknowledgements: Bool = false,
    skipsOneStale: Bool = false
  ) {
    self.command = command
    self.logLimit = logLimit
    self.noiseByteCount = noiseByteCount
    self.skipsRawAcknowledgements = skipsRawAcknowledgements
    self.skipsOneStale = skipsOneStale
  }

  /// The last words of a device that does not go on: its last error, else its last line.
  public var lastWords: String? { logs.last { FirehoseLog($0).isError } ?? logs.last }

  public mutating func receive(_ item: FirehoseMessageReader.Item) throws(FirehoseError) -> Step {
    switch item {
    case .skipped(let count):
      skipped += UInt64(count)
      guard skipped <= noiseByteCount else { throw .violation(.excessData(byteCount: skipped), during: command) }
      return .listen(isProgress: false)
    case .message(.other): return .listen(isProgress: false)
    case .message(.log(let log)):
      keep(log.text)
      return try proceed()
    case .message(.response(let response)): return try take(response)
    }
  }

  static let keptLogs = 8192
  static let keptByteLimit = 4 << 20

  /// Memory stays small whatever a device writes.
  private mutating func keep(_ text: String) {
    if logs.count >= Self.keptLogs || keptByteCount >= Self.keptByteLimit {
      logs.removeFirst((logs.count + 1) / 2)
      keptByteCount = logs.reduce(0) { $0 + $1.utf8.count }
    }
    logs.append(text)
    keptByteCount += text.utf8.count
  }

  private mutating func proceed() throws(FirehoseError) -> Step {
    progressCount += 1
    guard progressCount <= logLimit else { throw .violation(.endlessLogs(count: progressCount), during: command) }
    return .listen(isProgress: true)
  }

  private mutating func take(_ response: FirehoseResponse) throws(FirehoseError) -> Step {
    if response.asksForRestart { throw .restartWanted(during: command) }
    if response.asksToWaitForAnother { return try proceed() }
    if skipsRawAcknowledgements, response.isACK, response.isRawMode { return .listen(isProgress: true) }
    if skipsOneStale, response.isACK, !response.isRawMode, logs.isEmpty {
      skipsOneStale = false
      return .listen(isProgress: false)
    }
    if case .other(let text) = response.value { throw .violation(.unknownResponse(text), during: command) }
    return .finish(
      FirehoseReply(command: command, response: response, logs: logs, skippedByteCount: skipped))
  }
}
