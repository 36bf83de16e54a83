import MediaTek
import WireFormat

/// How a simulated XFlash agent behaves: the knobs of `docs/protocols/mtk-xflash.md` 17.3.
struct XFlashSettings: Sendable {
  /// `nil`: who really started it.
  var starter: XFlashStarterValue?
  var version = "1.0"
  var randomID = HexBytes((0..<16).map { UInt8($0 * 13 & 0xFF) })
  var writeByteCount = ByteCount(1 << 20)
  var readByteCount = ByteCount(64 << 10)
  /// `nil`: that of the bus.
  var speed: XFlashSpeedValue?
  var switchesSpeed = true
  /// How long the device is away while it changes its speed.
  var switchTime = Duration.seconds(1)
  /// Whether it touches the storage only for those who have its challenge signed.
  var demandsSignature = false
  var acceptedSignature = AgentSignatureValue.fixture
  /// Whether the second stage has to be the one whose digest the first stage holds.
  var checksSecondStage = false
  /// Controls that it does not know.
  var unknownControls = XFlashControlList([.getExpireData, .getExpireDate, .getErrorDetail])
  /// Between the status of the hardware's parameters and "SYNC".
  var synchroniseDelay = Duration.milliseconds(20)
  var chunkDelay = Duration.zero
  /// Pre-EOL, life times A and B, and the status of an eMMC: 8 bytes; empty for an older agent.
  var lifeTime = HexBytes([1, 1, 1, 0, 0, 0, 0, 0])
  var hasLongUFSInfo = true
  /// Reports of progress while it erases.
  var formatReports = UnitByte(1)
  /// Partitions that can be neither written nor erased.
  var lockedPartitions = XFlashNames([])

  static func knobs(_ it: XFlashSettings) -> [KnobBinding<XFlashSettings>] { answers(it) + behaviour(it) }

  private static func answers(_ it: XFlashSettings) -> [KnobBinding<XFlashSettings>] {
    [
      .init(
        "connection-agent", optional: \.starter, default: "who started it", "answer to GET_CONNECTION_AGENT"),
      .init("da-version", \.version, of: it, "answer to GET_DA_VERSION"),
      .init("random-id", \.randomID, of: it, "answer to GET_RANDOM_ID, and the challenge of GET_DEV_FW_INFO"),
      .init("write-packet", \.writeByteCount, of: it, "most bytes of a chunk that it takes"),
      .init("read-packet", \.readByteCount, of: it, "bytes of a chunk that it sends"),
      .init("usb-speed", optional: \.speed, default: "that of the bus", "answer to GET_USB_SPEED"),
      .init("life-time", \.lifeTime, of: it, "pre-EOL, life times and status of an eMMC; empty for an older agent"),
      .init("long-ufs-info", \.hasLongUFSInfo, of: it, "whether GET_UFS_INFO is answered with 202 bytes, not 52"),
    ]
  }

  private static func behaviour(_ it: XFlashSettings) -> [KnobBinding<XFlashSettings>] {
    [
      .init("speed-switch", \.switchesSpeed, of: it, "whether it knows SWITCH_USB_SPEED"),
      .init("speed-switch-ms", \.switchTime, of: it, "how long it is away while it changes its speed"),
      .init("agent-sla", \.demandsSignature, of: it, "whether it wants its challenge signed"),
      .init("agent-signature", \.acceptedSignature, of: it, "which signature it takes"),
      .init("check-second-stage", \.checksSecondStage, of: it, "whether the first stage has to hold its digest"),
      .init("unknown-controls", \.unknownControls, of: it, "controls that it does not know"),
      .init("sync-ms", \.synchroniseDelay, of: it, "how long it takes until it takes commands"),
      .init("chunk-ms", \.chunkDelay, of: it, "how long it takes to store a chunk"),
      .init("format-reports", \.formatReports, of: it, "reports of progress while it erases"),
      .init("locked", \.lockedPartitions, of: it, "partitions that can be neither written nor erased"),
    ]
  }
}

/// Who is said to have started an agent.
enum XFlashStarterValue: String, KnobValue, CaseIterable {
  case bootROM = "brom"
  case preloader
}

/// What GET_USB_SPEED is answered with.
enum XFlashSpeedValue: String, KnobValue, CaseIterable {
  case full = "full-speed"
  case high = "high-speed"
  case hyper = "hyper-speed"
}

/// Controls by their codes.
struct XFlashControlList: KnobValue, Equatable {
  var codes: Set<UInt32>

  init(_ controls: [XFlashControl]) { codes = Set(controls.map(\.rawValue)) }

  init?(knobText text: String) {
    guard text != "none" else {
      codes = []
      return
    }
    var codes: Set<UInt32> = []
    for word in text.split(separator: "+") {
      guard let code = UInt32(word, radix: 16) else { return nil }
      codes.insert(code)
    }
    guard !codes.isEmpty else { return nil }
    self.codes = codes
  }

  var knobText: String {
    codes.isEmpty ? "none" : codes.sorted().map { String($0, radix: 16) }.joined(separator: "+")
  }
  static var allowed: [String] { ["none", "HEXADECIMAL CODE[+…]"] }
}

/// Names of partitions.
struct XFlashNames: KnobValue, Equatable {
  var names: [String]

  init(_ names: [String]) { self.names = names }

  init?(knobText text: String) { names = text == "none" ? [] : text.split(separator: "+").map(String.init) }

  var knobText: String { names.isEmpty ? "none" : names.joined(separator: "+") }
  static var allowed: [String] { ["none", "NAME[+…]"] }
}
