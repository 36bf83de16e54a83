/// How an agent broke its protocol.
public enum XMLAgentViolation: Error, Equatable, Sendable {
  /// No frame begins with these bytes.
  case noFrame([UInt8])
  case emptyFrame
  /// More than any message has, or than was announced.
  case oversizedFrame(byteCount: UInt64, limit: UInt64)
  /// Something that has no place at this point; `expected` and `found` as the protocol names them.
  case unexpected(expected: String, found: String)
  /// A size without a number.
  case noSize(String)
  /// A chunk of no length.
  case noPacketLength
  /// It began anew in the middle of a command.
  case startedAnew
  /// It said that all is well before it had taken, or given, everything.
  case endedEarly(transferred: UInt64, expected: UInt64?)
  /// Requests, reports or logs without an end.
  case endless(count: Int)
  /// The answer is not the document that it should be.
  case wrongDocument(String)
}
