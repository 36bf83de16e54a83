/// Eight letters that a listening preloader takes in place of the handshake: it answers, and starts into that mode.
///
/// Source: `docs/protocols/mtk-brom.md` 6.4.
public enum BootROMToken: String, Sendable, CaseIterable {
  case meta = "METAMETA"
  case advancedMeta = "ADVEMETA"
  case factory = "FACTFACT"
  case automaticTest = "FACTORYM"
  case modemSwitch = "SWITCHMD"
  case fastboot = "FASTBOOT"
  case normal = "AT+NBOOT"

  /// The letters that it is sent as.
  public var bytes: [UInt8] { Array(rawValue.utf8) }

  /// What a preloader answers that obeys.
  public var answer: [UInt8] {
    switch self {
    case .meta: Array("ATEMATEM".utf8)
    case .advancedMeta: Array("ATEMEVDX".utf8)
    case .factory: Array("TCAFTCAF".utf8)
    case .automaticTest: Array("MYROTCAF".utf8)
    case .modemSwitch: Array("DMHCTIWS".utf8)
    case .fastboot: Array("TOOBTSAF".utf8)
    case .normal: Array("AT+OK".utf8)
    }
  }

  /// Whether the mode waits for DISCONNECT and for DTR to drop.
  public var wantsDisconnect: Bool { self == .meta || self == .advancedMeta }

  /// What some manufacturers' preloaders answer to META: refused.
  public static let refusal = Array("METAFORB".utf8)
  static let disconnect = Array("DISCONNECT".utf8)
  /// What a preloader sends over and over while it listens.
  public static let ready = Array("READY".utf8)
}
