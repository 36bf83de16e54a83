/// What a flashing run tells its observer, in the order it happens. Bytes count once the device has taken them.
public enum FlashEvent: Equatable, Sendable {
  case planned(steps: Int, bytes: UInt64)
  case started(step: Int, name: String, bytes: UInt64)
  /// `bytes` of the step so far.
  case progressed(step: Int, bytes: UInt64)
  /// All bytes are sent; the device is still busy with them (`state` in its own words, percent if it says so).
  case settling(step: Int, state: String, percent: Int?)
  case finished(step: Int, elapsed: Duration, verified: Verification)
  case rebooting(step: Int, mode: RebootMode)
  case failed(step: Int, name: String)
}

/// How it is known that a written extent holds what it should.
public enum Verification: String, Codable, Equatable, Sendable {
  /// The device computed a digest of what it stored, and it is the right one.
  case digest
  /// The extent was read back and compared.
  case readback
  /// The device said that it took and finished the data; nothing more can be known.
  case acknowledged
}
