import MkII

/// The knobs of the simulated RX-51, with the defaults of `docs/protocols/mkii.md` 14.2.
struct RX51Settings: Sendable {
  var productCode = "RX-51"
  var hardwareBuild = HardwareBuild.rx51
  var productString = "N900 (PC-Suite Mode)"
  var configurationString = "Firmware Upgrade Configuration"
  var protocolVersion = "2"
  var softwareRelease = "RX-51_2009SE_21.2011.38-1_PR_MR0"
  var supportedImages = ImageTypeList.rx51
  var extraItems = ItemList(items: [])
  /// The device's buffer in bytes: W in 9.7.
  var window = WordValue(value: 0x0200_0000)
  /// The hint in reply 24; `nil` is the captured reply read in the layout (9.4).
  var granularity: WordValue?
  var layout = MkIIReplyLayout.l0
  var consumeRate = ConsumeRate.instant
  var holdBack = ByteCount(0)
  var initTime = Duration.zero
  var finishTime = Duration.zero
  var profile = Profile.instant
  var requiresNegotiation = true
  var rawEndpoint = RawEndpoint(number: 2)
  var unknownType = UnknownTypeReply.status
  var rebootDelay = Duration.milliseconds(100)
  /// Where `reboot` leads; `nil` is `gone` over USB and `update` over TCP, where nobody can plug the device in again.
  var nextMode: NextMode?
  var isRecoverable = false
  var handles = Handles.zero

  enum Profile: String, KnobValue, CaseIterable {
    /// Data are consumed as the other knobs say.
    case instant
    /// Consumption is held back until three blocks are buffered, as in the published capture (14.1).
    case capture
  }

  enum UnknownTypeReply: String, KnobValue, CaseIterable {
    case status
    case phonet
    case silence
  }

  enum NextMode: String, KnobValue, CaseIterable {
    case gone
    case update
    case pcSuite = "pc-suite"
  }

  enum Handles: String, KnobValue, CaseIterable {
    /// Every image has handle 0, as in the capture.
    case zero
    /// The images of a connection have the handles 0, 1, 2, ….
    case counted
  }

  /// Bytes buffered before the device begins to consume.
  var effectiveHoldBack: UInt64 { max(holdBack.value, profile == .capture ? 3 << 20 : 0) }
  /// The hint as it stands in the captured reply, read in the layout.
  var effectiveGranularity: UInt32 { granularity?.value ?? (layout == .l0 ? 0x200 : 0x20000) }
}

extension RX51Settings {
  static let knobs: [KnobBinding<RX51Settings>] = {
    let it = RX51Settings()
    return [
      .init("product-code", \.productCode, of: it, "value of /device/product_code; may be empty"),
      .init("hw-build", \.hardwareBuild, of: it, "value of /device/hw_build"),
      .init("product-string", \.productString, of: it, "iProduct"),
      .init("config-string", \.configurationString, of: it, "iConfiguration, which tells update from PC Suite mode"),
      .init("protocol-version", \.protocolVersion, of: it, "value of /update/protocol_version; newer devices say 1.8"),
      .init("sw-release", \.softwareRelease, of: it, "value of /version/sw_release; only known to version 2"),
      .init("supported-images", \.supportedImages, of: it, "image types it takes, separated by ',' or '+'"),
      .init("extra-items", \.extraItems, of: it, "further items, NAME=VALUE, separated by ',' or '+'"),
      .init("window", \.window, of: it, "bytes it can buffer"),
      .init("granularity", optional: \.granularity, default: "as captured", "hint in the reply to IMAGE_HEADER"),
      .init("layout", \.layout, of: it, "layout of the replies with several fields"),
      .init("consume-rate", \.consumeRate, of: it, "bytes a second it takes out of its buffer"),
      .init("hold-back", \.holdBack, of: it, "bytes buffered before it begins to consume"),
      .init("init-ms", \.initTime, of: it, "time in state 'init' before it begins to consume"),
      .init("finish-ms", \.finishTime, of: it, "time in state 'finishing' after the last byte is consumed"),
      .init("profile", \.profile, of: it, "'capture' answers as the published capture does"),
      .init("require-negotiation", \.requiresNegotiation, of: it, "whether BEGIN needs the version exchange first"),
      .init("raw-endpoint", \.rawEndpoint, of: it, "number of the endpoint for image data, or none"),
      .init("unknown-type", \.unknownType, of: it, "answer to an unknown message type: status 01, Phonet F0, or none"),
      .init("reboot-delay", \.rebootDelay, of: it, "time it stays away when it reboots"),
      .init("next-mode", optional: \.nextMode, default: "gone; over TCP update", "where 'reboot' leads"),
      .init("recoverable", \.isRecoverable, of: it, "whether BEGIN ends the state 'failed'"),
      .init("handles", \.handles, of: it, "handles of the images of one connection: all zero, or counted"),
    ]
  }()
}
