/// What every session of Sahara has in common: it is told what happened and says what to do.
public protocol SaharaSession: Sendable {
  /// One transfer of the device. Throws what ends the session.
  mutating func receive(_ transfer: [UInt8]) throws(SaharaError) -> SaharaAction
  /// Nothing came within the limit.
  mutating func silence() throws(SaharaError) -> SaharaAction
  /// The range that was asked for has been sent.
  mutating func imageSent() -> SaharaAction
}

extension SaharaSession {
  public mutating func imageSent() -> SaharaAction { .finish(nil) }
}

extension SaharaProbe: SaharaSession {}
extension SaharaCommandSession: SaharaSession {}
extension SaharaImageSession: SaharaSession {}
extension SaharaMemorySession: SaharaSession {}
extension SaharaSwitchSession: SaharaSession {}
