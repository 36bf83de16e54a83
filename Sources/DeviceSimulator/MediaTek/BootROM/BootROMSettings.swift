import MediaTek

/// How a simulated boot ROM or preloader behaves: the knobs of `docs/protocols/mtk-brom.md` 17.2.
struct BootROMSettings: Sendable {
  // USB
  var actor = BootROMActorValue.bootROM
  /// `nil`: 0e8d:0003, or 0e8d:2000 of a preloader.
  var vendorID = HexWord(0x0E8D)
  var productID: HexWord?
  var layout: DescriptorLayoutValue?
  /// Of a device whose agent has changed the speed.
  var agentProductID = HexWord(0x2001)

  // The chip
  var hardwareCode = HexWord(0x0766)
  var hardwareSubCode = HexWord(0x8A00)
  var hardwareVersion = HexWord(0xCA00)
  var softwareVersion = HexWord(0)
  var bootROMVersion = UnitByte(5)
  var preloaderVersion = UnitByte(3)
  var capabilities = HexNumber(7)
  /// GET_TARGET_CONFIG of the boot ROM; a preloader tells the first three bits.
  var security = HexNumber(0)
  var meID = HexBytes(Array(0..<16))
  var socID = HexBytes(Array(0..<32))
  var log = "boot"

  // Memory
  var readable: MemoryRanges?
  var writable: MemoryRanges?
  var watchdogAddress = HexNumber(0x1000_7000)
  /// Time in command state without a command after which the watchdog bites, unless it was stopped; 0: never.
  var watchdogTime = Duration.seconds(8)
  var writeStatus = WriteStatusValue.zero

  // Agents
  /// Where a preloader puts what it is sent.
  var agentArea = HexNumber(0x4020_0000)
  var accepted = AcceptedAgents.any
  var resumesAfterSLA = true
  var nextStage = NextStageValue.agent
  /// Whether a preloader takes images for partitions.
  var takesImages = true

  // Time
  /// How long a preloader waits for the handshake.
  var window = Duration.milliseconds(2500)
  /// How long the device is away before it is turned on again.
  var offTime = Duration.seconds(1)
  /// What a device does that starts anew.
  var nextMode = MediaTekNextMode.same
}

extension BootROMSettings {
  var isPreloader: Bool { actor != .bootROM }

  /// 8.4: a preloader reports the first three bits only.
  var targetConfig: BootROMTargetConfig {
    BootROMTargetConfig(rawValue: UInt32(truncatingIfNeeded: security.value) & (isPreloader ? 7 : .max))
  }

  static func knobs(_ it: BootROMSettings) -> [KnobBinding<BootROMSettings>] {
    usb(it) + chip(it) + memory(it) + agents(it)
  }

  private static func usb(_ it: BootROMSettings) -> [KnobBinding<BootROMSettings>] {
    [
      .init(
        "actor", \.actor, of: it,
        "who answers: the boot ROM, a preloader for its short window, or a preloader that waits for ever"),
      .init("vendor-id", \.vendorID, of: it, "idVendor"),
      .init("product-id", optional: \.productID, default: "0003, of a preloader 2000", "idProduct"),
      .init(
        "descriptors", optional: \.layout, default: "brom, of a preloader classic",
        "order and form of the descriptors; full speed with 'brom'"),
      .init("agent-product-id", \.agentProductID, of: it, "idProduct once its agent has changed the speed"),
      .init("window-ms", \.window, of: it, "how long a preloader waits for the handshake"),
      .init("off-ms", \.offTime, of: it, "how long it is away before it is turned on again"),
      .init("next-mode", \.nextMode, of: it, "what it is after a restart; told to go to fastboot it does"),
    ]
  }

  private static func chip(_ it: BootROMSettings) -> [KnobBinding<BootROMSettings>] {
    [
      .init("hardware-code", \.hardwareCode, of: it, "answer to FD"),
      .init("hardware-sub-code", \.hardwareSubCode, of: it, "answer to FC, first"),
      .init("hardware-version", \.hardwareVersion, of: it, "answer to FC, second"),
      .init("software-version", \.softwareVersion, of: it, "answer to FC, third"),
      .init("boot-rom-version", \.bootROMVersion, of: it, "answer of a boot ROM to FF"),
      .init("preloader-version", \.preloaderVersion, of: it, "answer of a preloader to FE; from 3 on it tells its ids"),
      .init("preloader-capabilities", \.capabilities, of: it, "answer of a preloader to FB"),
      .init("security", \.security, of: it, "answer to D8: 1 SBC, 2 SLA, 4 DAA, 20 and 40 memory locked"),
      .init("me-id", \.meID, of: it, "answer to E1"),
      .init("soc-id", \.socID, of: it, "answer to E7"),
      .init("rom-log", \.log, of: it, "answer to DF and DD"),
    ]
  }

  private static func memory(_ it: BootROMSettings) -> [KnobBinding<BootROMSettings>] {
    [
      .init("readable", optional: \.readable, default: "the chip's", "addresses that can be read"),
      .init("writable", optional: \.writable, default: "the chip's", "addresses that can be written"),
      .init("watchdog-address", \.watchdogAddress, of: it, "first register of the watchdog"),
      .init(
        "watchdog-ms", \.watchdogTime, of: it,
        "time without a command after which the watchdog restarts it, unless it was stopped; 0 is never"),
      .init("write-status", \.writeStatus, of: it, "statuses of good writes"),
    ]
  }

  private static func agents(_ it: BootROMSettings) -> [KnobBinding<BootROMSettings>] {
    [
      .init("agent-area", \.agentArea, of: it, "where a preloader puts agents, whatever the host says"),
      .init("accept-agent", \.accepted, of: it, "which agents it takes; 'signed' are those of --write-fixtures"),
      .init("sla-resume", \.resumesAfterSLA, of: it, "whether D7 goes on where SLA interrupted it"),
      .init("next-stage", \.nextStage, of: it, "what runs after JUMP_DA: the model's agent, or a program that says C0"),
      .init("takes-images", \.takesImages, of: it, "whether a preloader knows SEND_IMAGE and BOOT_IMAGE"),
    ]
  }
}
