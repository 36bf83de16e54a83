/// One image to be sent: what the device has to be told about it. The bytes come from elsewhere.
public struct MkIIImageOrder: Equatable, Sendable {
  /// The image type, for messages: `kernel`, `mmc`, ….
  public var name: String
  /// The data of IMAGE_HEADER: header blocks and the end byte (9.3).
  public var header: [UInt8]
  /// Bytes of the image, padding included; the size in the header.
  public var byteCount: UInt32

  public init(name: String, header: [UInt8], byteCount: UInt32) {
    self.name = name
    self.header = header
    self.byteCount = byteCount
  }
}

/// What one image leaves to the next on the same connection.
public struct MkIIConnectionMemory: Equatable, Sendable {
  /// The layout of the device's multi-field replies (9.5, rule 5).
  public var layout = MkIILayoutDecision()
  /// Whether the device has accepted a BEGIN; later ones may be refused (9.2).
  public var hasBegun = false

  public init() {}
}

/// Something that happened while an image was sent and is worth a line in a log.
public enum MkIINotice: Equatable, Sendable {
  /// BEGIN was refused for a later image of the connection; its header was sent all the same (9.2).
  case beginRefused(code: MkIIStatusCode)
  /// Nothing told how the words of replies are laid out; L0 is assumed (9.5).
  case layoutAssumed
  /// The device never said "finished"; it counts as done because it consumed everything and went quiet (9.8).
  case finishedByQuiet(state: UInt32)

  /// A name that stays the same.
  public var code: String {
    switch self {
    case .beginRefused: "mkii.begin-refused"
    case .layoutAssumed: "mkii.layout-assumed"
    case .finishedByQuiet: "mkii.finished-by-quiet"
    }
  }

  public var facts: [String: String] {
    switch self {
    case .beginRefused(let code): ["code": String(code.rawValue, radix: 16, uppercase: true)]
    case .layoutAssumed: ["layout": MkIIReplyLayout.l0.rawValue]
    case .finishedByQuiet(let state): ["state": String(state)]
    }
  }
}
