/// An error that may be a device's own refusal, after which it listens as before.
public protocol DeviceRefusal: Error {
  /// Whether the device refused one thing, moved no data that count for it, and can be asked for another at once.
  var leavesDeviceListening: Bool { get }
  /// Whether the device has no such command.
  var isMissingCommand: Bool { get }
}
