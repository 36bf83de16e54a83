import FlashCore
import FlashImages
import WireFormat

/// What an agent has told of itself, the chip, the memory and the storage.
struct XFlashFacts: Equatable, Sendable {
  var agentVersion: String?
  var starter: String?
  var chip: XFlashChipID?
  var memory: XFlashRAMInfo?
  var randomID: [UInt8]?
  var firmware: XFlashFirmwareInfo?
  var speed: String?
  var lengths: XFlashPacketLengths?
  var demandsSignature = false
  var storage: XFlashStorage?
  /// Answers that nobody has described, by what they are called.
  var raw: [RawAnswer] = []

  struct RawAnswer: Equatable, Sendable {
    var name: String
    var bytes: [UInt8]
  }

  var facts: [DeviceIdentity.Fact] {
    var facts: [DeviceIdentity.Fact] = []
    func add(_ name: String, _ value: DeviceIdentity.Fact.Value?) {
      if let value { facts.append(.init(name, value)) }
    }
    add(XFlashFact.agentVersion, agentVersion.map { .text($0) })
    add(XFlashFact.starter, starter.map { .text($0) })
    add(XFlashFact.agentChip, chip.map { .text(Self.text($0)) })
    add(XFlashFact.sram, memory.map { .text(Self.text($0.sram)) })
    add(XFlashFact.dram, memory.map { .text(Self.text($0.dram)) })
    add(XFlashFact.randomID, randomID.map { .text(Hex.string($0).lowercased()) })
    add(XFlashFact.hrid, firmware?.hrid.map { .text(Hex.string($0).lowercased()) })
    add(XFlashFact.speed, speed.map { .text($0) })
    add(XFlashFact.writeLength, lengths.map { .number(UInt64($0.write)) })
    add(XFlashFact.readLength, lengths.map { .number(UInt64($0.read)) })
    add(XFlashFact.demandsSignature, .flag(demandsSignature))
    facts += storage?.facts ?? []
    for answer in raw { add(answer.name, .text(Hex.string(answer.bytes).lowercased())) }
    return facts
  }

  private static func text(_ chip: XFlashChipID) -> String {
    [chip.hardwareCode, chip.hardwareSubCode, chip.hardwareVersion, chip.softwareVersion]
      .map { XFlashDriver.hexadecimal($0) }.joined(separator: " ")
  }

  private static func text(_ memory: XFlashRAMInfo.Memory) -> String {
    "\(memory.byteCount) bytes at " + XFlashDriver.hexadecimal(memory.base)
  }
}

/// The names of the facts, in the order in which they are shown.
enum XFlashFact {
  static let agentVersion = "agent version"
  static let starter = "agent started by"
  static let agentChip = "agent chip id"
  static let sram = "SRAM"
  static let dram = "DRAM"
  static let randomID = "random id"
  static let hrid = "HRID"
  static let speed = "USB speed"
  static let writeLength = "write packet length"
  static let readLength = "read packet length"
  static let demandsSignature = "agent wants signature"
  static let storage = "storage"
  static let storageName = "storage name"
  static let cid = "CID"
  static let storageFirmware = "storage firmware"
  static let preEndOfLife = "pre-EOL"
  static let lifeTimeA = "life time A"
  static let lifeTimeB = "life time B"
  static let vendor = "storage vendor"
}

extension XFlashStorage {
  var facts: [DeviceIdentity.Fact] {
    var facts: [DeviceIdentity.Fact] = [.init(XFlashFact.storage, .text(type.name))]
    switch self {
    case .emmc(let info):
      facts.append(.init(XFlashFact.storageName, .text(info.productName)))
      facts.append(.init(XFlashFact.cid, .text(Hex.string(info.cid).lowercased())))
      guard let life = info.lifeTime else { break }
      facts.append(.init(XFlashFact.preEndOfLife, .number(UInt64(life.preEndOfLife))))
      facts.append(.init(XFlashFact.lifeTimeA, .number(UInt64(life.a))))
      facts.append(.init(XFlashFact.lifeTimeB, .number(UInt64(life.b))))
    case .ufs(let info):
      facts.append(.init(XFlashFact.storageName, .text(info.productName)))
      let version = info.firmwareVersion.prefix { $0 != 0 }
      if version.allSatisfy({ (0x20...0x7E).contains($0) }), !version.isEmpty {
        facts.append(.init(XFlashFact.storageFirmware, .text(String(decoding: version, as: UTF8.self))))
      }
      if case .long(let vendor, _) = info.variant {
        facts.append(.init(XFlashFact.vendor, .text(XFlashDriver.hexadecimal(vendor))))
      }
    case .nand(let info):
      facts.append(.init(XFlashFact.storageName, .text(Hex.string(info.id).lowercased())))
    case .nor: break
    }
    return facts
  }
}

extension XFlashDriver {
  func chipID() async throws(XFlashError) -> XFlashChipID {
    try parse(try await get(.getChipID), of: .getChipID) { bytes throws(WireError) in
      try XFlashChipID(parsing: bytes)
    }
  }

  /// Asks everything that agents tell; what one does not know is left out.
  func collectFacts() async throws(XFlashError) -> XFlashFacts {
    if let facts { return facts }
    var found = XFlashFacts()
    found.agentVersion = text(try await getIfKnown(.getAgentVersion))
    found.starter = text(try await getIfKnown(.getConnectionAgent))
    if let answer = try await getIfKnown(.getChipID) {
      found.chip = try parse(answer, of: .getChipID) { bytes throws(WireError) in try XFlashChipID(parsing: bytes) }
    }
    if let answer = try await getIfKnown(.getRAMInfo) {
      found.memory = try parse(answer, of: .getRAMInfo) { bytes throws(WireError) in try XFlashRAMInfo(parsing: bytes) }
    }
    found.randomID = try await getIfKnown(.getRandomID)
    if let answer = try await getIfKnown(.getFirmwareInfo) {
      found.firmware = try parse(answer, of: .getFirmwareInfo) { bytes throws(WireError) in
        try XFlashFirmwareInfo(parsing: bytes)
      }
    }
    found.speed = text(try await getIfKnown(.getUSBSpeed))
    found.lengths = try await packetLengths()
    found.demandsSignature = try await demandsSignature()
    do throws(XFlashError) { found.storage = try await findStorage() } catch {
      guard error == .noStorage else { throw error }
    }
    for (control, name) in Self.rawAnswers {
      guard let bytes = try await getIfKnown(control), !bytes.isEmpty else { continue }
      found.raw.append(.init(name: name, bytes: bytes))
    }
    facts = found
    return found
  }

  /// Answers whose layout nobody has confirmed (16): shown as they come.
  private static let rawAnswers: [(XFlashControl, String)] = [
    (.getHRID, "HRID answer"), (.getRPMBStatus, "RPMB status"), (.getBatteryVoltage, "battery voltage"),
    (.getOTPLockStatus, "OTP lock status"), (.getDRAMType, "DRAM type"), (.getLifeCycleCheck, "storage life cycle"),
  ]
}
