import USBWire

/// What an attachment needs of the device at the other end of the connection.
struct AttachableDevice: Sendable {
  /// What is on the device's bus now; `nil` while nothing is.
  var record: @Sendable () -> USBIPDeviceRecord?
  /// Serves a connection whose device has been imported; anything but `done` leaves the socket to the caller.
  var serve: @Sendable (StreamSocket) -> USBIPOperation.Status
  /// What happens to the connections served, and to the device, in order.
  var events: AsyncStream<Event>

  enum Event: Equatable, Sendable {
    case ended(Ending)
    /// The device is on its bus again.
    case returned
    /// The device has left its bus, and does not come back.
    case leftForGood
  }

  enum Ending: Equatable, Sendable {
    /// The kernel closed the connection: somebody has detached the device.
    case closed
    case deviceLeft(isForGood: Bool)
    case violation
  }
}
