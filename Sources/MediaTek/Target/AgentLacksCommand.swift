/// The agent's protocol has no such command, or nobody has described it.
public struct AgentLacksCommand: Error, Equatable, Sendable {
  /// `XFlash` or `XML`.
  public var protocolName: String
  /// What was asked for, in plain words.
  public var command: String

  public init(protocolName: String, command: String) {
    self.protocolName = protocolName
    self.command = command
  }
}
