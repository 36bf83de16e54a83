/// What happens at a device that is served over USB/IP.
public enum USBIPHostEvent: Equatable, Sendable {
  /// A client has imported the device.
  case connected
  /// The client has it no longer.
  case disconnected(USBIPDisconnection)
  case device(PortEvent)
}

/// Why a client does not have its device any more.
public enum USBIPDisconnection: Equatable, Sendable {
  /// It closed the connection, or is gone.
  case clientClosed
  /// The device left the bus; `isForGood` says that it does not come back by itself.
  case deviceLeft(isForGood: Bool)
  /// It was turned out.
  case violation(USBIPViolation)
  /// The server ends.
  case stopped
}
