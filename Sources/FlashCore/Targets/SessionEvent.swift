/// What a session tells about itself while it runs: facts; the program decides what a person gets to see.
public enum SessionEvent: Sendable {
  /// A wait begins. The program says so in words after five seconds of silence.
  case waiting(for: Waiting)
  /// One message or transfer, for `--trace`.
  case trace(Trace)
  /// Something worth a line, which is no error: `code` stays the same across releases.
  case notice(code: String, facts: [String: String])

  public enum Waiting: Equatable, Sendable {
    /// The reply to a request, by the protocol's name for it.
    case reply(request: String)
    /// Room in the device's buffer.
    case buffer(available: UInt64, needed: UInt64)
    /// The device to take image data that is being sent.
    case rawData(image: String)
    /// The device to finish with data it has.
    case settling(image: String, state: String, percent: Int?)
    /// Bytes that somebody else has to send.
    case input(from: String)
    /// A device to appear (a selector, or what is looked for).
    case arrival(of: String)
    /// The device to come back at a port after it left.
    case comeback(of: String)
  }

  public struct Trace: Sendable {
    public var isFromDevice: Bool
    /// What the message is, by the protocol's name.
    public var label: String
    public var bytes: [UInt8]
    /// Bytes of the message that `bytes` leaves out (raw image data is shown by its beginning).
    public var omitted: UInt64

    public init(isFromDevice: Bool, label: String, bytes: [UInt8], omitted: UInt64 = 0) {
      self.isFromDevice = isFromDevice
      self.label = label
      self.bytes = bytes
      self.omitted = omitted
    }
  }
}

public typealias SessionObserver = @Sendable (SessionEvent) -> Void
