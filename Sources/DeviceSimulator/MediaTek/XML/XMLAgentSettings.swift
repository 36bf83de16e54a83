/// How a simulated XML agent behaves: the knobs of `docs/protocols/mtk-xml.md` 17.2.
struct XMLAgentSettings: Sendable {
  /// What the storage is, and how it calls itself.
  var kind: MediaTekLayout.Kind
  var storageID: HexBytes
  var sectorByteCount: Int
  /// Which element of the storage's document has its id.
  var idElement = StorageIDElement.id

  var memory = ByteCount(4 << 30)
  var batteryVoltage = Counter(3810)
  var randomID = HexBytes(Array(0..<16))
  var productID = ""
  var version = "2021"
  var build = "May 24 2022:19:03:56"

  /// Bytes of a chunk: of the first stage, of documents, of storage.
  var firstStagePacket = ByteCount(0x1000)
  var documentPacket = ByteCount(0x1_0000)
  var dataPacket = ByteCount(0x20_0000)

  var linkAuthentication = false
  /// Whether a first stage wants the signature already.
  var firstStageAuthentication = false
  /// Whether a signature counts only for a challenge that was asked for.
  var needsChallenge = true
  var acceptedSignature = AgentSignatureValue.fixture
  /// Whether the second stage has to be the one whose digest the first has.
  var checksSecondStage = true
  /// Partitions that are not written or erased.
  var protected = NameList([])
  /// What is said then; `*` is the partition's name.
  var protectedText = "Security deny [*]"
  /// Commands that it does not know.
  var missing = NameList([])
  /// Partitions that an update puts away and asks for again.
  var movedByUpdate = NameList(["protect1"])

  var startTime = Duration.zero
  var progressTime = Duration.zero
  var chunkTime = Duration.zero
  /// Whether it says START before it leaves the bus.
  var saysStartAtReboot = true
  /// How long it is away when it changes its speed.
  var speedTime = Duration.milliseconds(500)

  init(_ layout: MediaTekLayout) {
    kind = layout.kind
    storageID = HexBytes(layout.identity)
    sectorByteCount = layout.sectorByteCount
  }

  /// The section with the partitions, as the storage has it.
  var userSection: String { kind == .ufs ? "lun2" : "user" }
  var bootSection: String { kind == .ufs ? "lun0" : "boot1" }
  var secondBootSection: String { kind == .ufs ? "lun1" : "boot2" }
}

extension XMLAgentSettings {
  static func knobs(_ it: XMLAgentSettings) -> [KnobBinding<XMLAgentSettings>] {
    identity(it) + transfers(it) + security(it) + times(it)
  }

  private static func identity(_ it: XMLAgentSettings) -> [KnobBinding<XMLAgentSettings>] {
    [
      .init("storage-id", \.storageID, of: it, "CID of the eMMC, or name of the UFS, in GET-HW-INFO"),
      .init("storage-id-element", \.idElement, of: it, "which element of GET-HW-INFO has it"),
      .init("memory", \.memory, of: it, "ram_size"),
      .init("battery-voltage", \.batteryVoltage, of: it, "millivolts"),
      .init("random-id", \.randomID, of: it, "random_id"),
      .init("hardware-product", \.productID, of: it, "product_id of GET-HW-INFO"),
      .init("agent-version", \.version, of: it, "da_version"),
      .init("agent-build", \.build, of: it, "build of GET-DA-INFO"),
    ]
  }

  private static func transfers(_ it: XMLAgentSettings) -> [KnobBinding<XMLAgentSettings>] {
    [
      .init("first-stage-packet", \.firstStagePacket, of: it, "packet_length of the first stage"),
      .init("document-packet", \.documentPacket, of: it, "packet_length of documents"),
      .init("data-packet", \.dataPacket, of: it, "packet_length of storage"),
      .init("reboot-start", \.saysStartAtReboot, of: it, "whether REBOOT ends with another START"),
      .init("missing-commands", \.missing, of: it, "commands that it does not know, joined by +"),
      .init("moved-partitions", \.movedByUpdate, of: it, "partitions that FLASH-UPDATE puts away, joined by +"),
    ]
  }

  private static func security(_ it: XMLAgentSettings) -> [KnobBinding<XMLAgentSettings>] {
    [
      .init("agent-sla", \.linkAuthentication, of: it, "whether storage wants a signature (DA.SLA)"),
      .init("first-stage-sla", \.firstStageAuthentication, of: it, "whether the first stage wants it already"),
      .init("needs-challenge", \.needsChallenge, of: it, "whether the challenge has to be asked for before"),
      .init("agent-signature", \.acceptedSignature, of: it, "which signature it takes"),
      .init("check-second-stage", \.checksSecondStage, of: it, "whether BOOT-TO compares the digest"),
      .init("protected", \.protected, of: it, "partitions that it denies to change, joined by +"),
      .init("protected-text", \.protectedText, of: it, "END text then; * is the partition's name"),
    ]
  }

  private static func times(_ it: XMLAgentSettings) -> [KnobBinding<XMLAgentSettings>] {
    [
      .init("start-ms", \.startTime, of: it, "before the first START of a stage"),
      .init("progress-ms", \.progressTime, of: it, "before each report"),
      .init("chunk-ms", \.chunkTime, of: it, "before a chunk is acknowledged"),
      .init("speed-ms", \.speedTime, of: it, "how long a change of USB speed takes"),
    ]
  }
}

/// Where GET-HW-INFO has the storage's id.
enum StorageIDElement: String, KnobValue, CaseIterable {
  case id
  /// `ufs_cid` or `emmc_cid`, and an empty `id`.
  case cid
  case none
}

/// A number from 0 on.
struct Counter: KnobValue, Equatable {
  var value: UInt64

  init(_ value: UInt64) { self.value = value }

  init?(knobText text: String) {
    guard let value = UInt64(text) else { return nil }
    self.value = value
  }
  var knobText: String { "\(value)" }
  static var allowed: [String] { ["NUMBER"] }
}

/// Names joined by `+`; `none` for an empty list.
struct NameList: KnobValue, Equatable {
  var names: [String]

  init(_ names: [String]) { self.names = names }

  init?(knobText text: String) {
    guard text != "none" else {
      names = []
      return
    }
    names = text.split(separator: "+").map(String.init)
    if names.isEmpty { return nil }
  }
  var knobText: String { names.isEmpty ? "none" : names.joined(separator: "+") }
  static var allowed: [String] { ["none", "NAME[+…]"] }

  func contains(_ name: String) -> Bool { names.contains(name) }
}
