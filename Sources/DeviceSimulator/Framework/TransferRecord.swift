public import USBWire

/// One transfer over a simulated port, for a log.
public struct TransferRecord: Equatable, Sendable {
  public enum Outcome: String, Equatable, Sendable {
    case done
    case stalled
    case disconnected
    /// The host took it back before it was complete.
    case unlinked
  }

  /// The number `--fault KIND@N` counts; `nil` for transfers that it does not count.
  public var number: UInt64?
  public var time: Duration
  /// The setup packet of a control request.
  public var setup: SetupPacket?
  public var endpoint: EndpointAddress
  /// Bytes of the data stage or the transfer.
  public var byteCount: Int
  public var outcome: Outcome
  /// The fault that hit it, as it was written.
  public var fault: String?
}
