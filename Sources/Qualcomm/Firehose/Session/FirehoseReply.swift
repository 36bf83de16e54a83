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
  /// Responses with `rawmode="true"` in the middle of raw data mean nothing (AckRawDataEveryNumPackets).
  private let skipsRawAcknowledgements: Bool
  /// One response that announces nothing may be left over from the command before.
  private var skipsOneStale: Bool
  private var logs: [String] = []
  private var logCount = 0
  private var skipped: UInt64 = 0

  public init(
    command: String, logLimit: Int, skipsRawAcknowledgements: Bool = false, skipsOneStale: Bool = false
  ) {
    self.command = command
    self.logLimit = logLimit
    self.skipsRawAcknowledgements = skipsRawAcknowledgements
    self.skipsOneStale = skipsOneStale
  }

  /// What has been logged so far, for errors.
  public var logsSoFar: [String] { logs }

  public mutating func receive(_ item: FirehoseMessageReader.Item) throws(FirehoseError) -> Step {
    switch item {
    case .skipped(let count):
      skipped += UInt64(count)
      return .listen(isProgress: false)
    case .message(.other): return .listen(isProgress: false)
    case .message(.log(let log)):
      logCount += 1
      guard logCount <= logLimit else { throw .violation(.endlessLogs(count: logCount), during: command) }
      // Memory stays small whatever a device writes.
      if logs.count >= Self.keptLogs { logs.removeFirst(Self.keptLogs / 2) }
      logs.append(log.text)
      return .listen(isProgress: true)
    case .message(.response(let response)): return try take(response)
    }
  }

  static let keptLogs = 8192

  private mutating func take(_ response: FirehoseResponse) throws(FirehoseError) -> Step {
    if response.asksForRestart { throw .restartWanted(during: command) }
    if response.asksToWaitForAnother { return .listen(isProgress: true) }
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
