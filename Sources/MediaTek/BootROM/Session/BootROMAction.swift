/// What a session wants done next. Every input returns exactly one.
public enum BootROMAction: Equatable, Sendable {
  /// Send these bytes, where there are any, as one transfer. Then give exactly `count` bytes to `receive`, or call
  /// `silence` when fewer came within `limit`: those that came are for the next read.
  case exchange([UInt8], count: Int, limit: Duration)
  /// Send this in transfers of the device's liking, then call `dataSent`.
  case sendData([UInt8])
  /// Read until the device has been quiet for so long, and give everything to `receive`.
  case drain(quiet: Duration)
  case finish
}

/// A conversation with a boot ROM or preloader, without I/O.
public protocol BootROMSession: Sendable {
  /// What errors and traces call it.
  var name: String { get }
  mutating func start() -> BootROMAction
  mutating func receive(_ bytes: [UInt8]) throws(BootROMError) -> BootROMAction
  /// Fewer bytes came than were asked for.
  mutating func silence(received: Int, after limit: Duration) throws(BootROMError) -> BootROMAction
  mutating func dataSent() -> BootROMAction
}

extension BootROMSession {
  public mutating func dataSent() -> BootROMAction { .finish }
}
