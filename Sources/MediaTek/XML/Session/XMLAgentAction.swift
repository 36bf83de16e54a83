/// What a session wants done next. Every input returns exactly one.
public enum XMLAgentAction: Equatable, Sendable {
  /// Send these payloads, each as a frame of its own. Then read one frame: to `receive`, or as data where `takes` says so;
  /// `silence` where none came within the limit.
  case exchange([[UInt8]], limit: Duration)
  /// Send a frame with the next bytes of a file, then call `dataSent`.
  case sendData(XMLAgentFiles.Outgoing.Origin, offset: UInt64, byteCount: UInt64)
  /// Send these, and that is all.
  case finish([[UInt8]])
}

/// What happened in a session that is no answer.
public enum XMLAgentEvent: Equatable, Sendable {
  /// A report of what is going on, and how far.
  case progress(message: String, percent: Int?)
  /// Bytes of a file, of so many, that have been acknowledged; 0 when its first bytes are about to leave.
  case transferred(file: String, bytes: UInt64, of: UInt64, isSending: Bool)
  /// The device names a checksum; nobody knows how it would be sent.
  case unknownChecksum(String)
}
