/// How far an image had got: what an interrupted or failed write tells about the device's state.
public struct MkIIImageProgress: Equatable, Sendable {
  /// The image type: `mmc`, `kernel`, ….
  public var image: String
  /// Whether the device has accepted BEGIN or the image header, so that an image is open on it.
  public var isBegun: Bool
  /// Bytes that the device's raw endpoint has taken.
  public var accepted: UInt64
  /// Bytes of the image, padding included.
  public var total: UInt64
  /// The state of the last status reply; `nil` before the first.
  public var lastState: MkIIImageState?

  public init(
    image: String, isBegun: Bool = false, accepted: UInt64 = 0, total: UInt64, lastState: MkIIImageState? = nil
  ) {
    self.image = image
    self.isBegun = isBegun
    self.accepted = accepted
    self.total = total
    self.lastState = lastState
  }
}

/// The state word of a status reply (26) with its percentage.
///
/// Only 1 and 3 were ever seen on the wire; the names of the others are this project's.
/// Source: `docs/protocols/mkii.md` 9.6.
public struct MkIIImageState: Equatable, Sendable {
  public var code: UInt32
  /// The percent word, when it is a percentage above nothing.
  public var percent: Int?

  public init(code: UInt32, percent: Int? = nil) {
    self.code = code
    self.percent = percent
  }

  init(_ reply: MkIIStatusReply) {
    code = reply.state
    percent = (1...100).contains(reply.percent) ? Int(reply.percent) : nil
  }

  public static let pending: UInt32 = 1
  public static let writing: UInt32 = 3
  public static let finished: UInt32 = 5
  /// States that name work still to be done: init, writing, finishing.
  static let working: ClosedRange<UInt32> = 2...4

  /// `writing`, or the number of a state without a name.
  public var name: String {
    switch code {
    case 0: "idle"
    case 1: "pending"
    case 2: "init"
    case 3: "writing"
    case 4: "finishing"
    case 5: "finished"
    default: "state \(code)"
    }
  }
}
