import FlashCore
import WireFormat

/// Puts together what is known of a device: from its descriptors, from listening, and from its answers.
struct QualcommIdentityFacts {
  private let kind: LinkKind
  private let stage: QualcommTarget.Stage
  var answers: SaharaAnswers?
  /// The protocol version of HELLO.
  var version: UInt32?

  init(_ kind: LinkKind, stage: QualcommTarget.Stage) {
    self.kind = kind
    self.stage = stage
    if case .sahara(let hello) = stage { version = hello.version }
  }

  var identity: DeviceIdentity {
    var facts: [DeviceIdentity.Fact] = [.init(QualcommFact.mode, .text(mode))]
    if let version { facts.append(.init(QualcommFact.protocolVersion, .number(UInt64(version)))) }
    if let answers { facts += Self.facts(answers) }
    return DeviceIdentity(
      family: QualcommFamily.name, model: answers?.chip?.chipName, mode: mode, serialNumber: serialNumber, facts: facts)
  }

  private var mode: String {
    switch stage {
    case .sahara(let hello) where hello.mode == .memoryDebug: "crash dump"
    case .sahara, .saharaUnderWay: "EDL"
    case .programmer: Self.programmerMode
    case .hdlc: "streaming download or DIAG"
    case .silent where isCrashDump: "crash dump"
    case .silent: answers == nil ? "EDL, silent" : "EDL"
    }
  }

  /// Whether the device's ids are those of a crash-dump handler, which answers no questions.
  var isCrashDump: Bool {
    guard case .usb(let device) = kind else { return false }
    return QualcommIdentities.all.contains {
      $0.vendorID == device.vendorID && $0.productID == device.productID && $0.mode == QualcommIdentities.crashDumpMode
    }
  }

  private static func facts(_ answers: SaharaAnswers) -> [DeviceIdentity.Fact] {
    var facts: [DeviceIdentity.Fact] = []
    func text(_ name: String, _ value: String?) {
      facts.append(.init(name, value.map { .text($0) } ?? .unknown))
    }
    let chip = answers.chip
    text(QualcommFact.chip, chip.map { $0.chipName ?? "unknown (\(Self.hex(UInt64($0.msmID), digits: 8)))" })
    text(QualcommFact.hardwareID, chip?.hardwareID)
    text(QualcommFact.oemID, chip.map { Self.hex(UInt64($0.oemID), digits: 4) })
    text(QualcommFact.modelID, chip.map { Self.hex(UInt64($0.modelID), digits: 4) })
    text(QualcommFact.keyHash, answers.keyHash?.text)
    if let version = answers.softwareVersion {
      facts.append(.init(QualcommFact.softwareVersion, .number(UInt64(version))))
    }
    if let list = answers.commandList { facts.append(.init(QualcommFact.commands, .list(list.map(\.name)))) }
    return facts
  }

  /// What the chip said, else what the product string says behind `_SN:`, as eight hexadecimal digits.
  private var serialNumber: String? {
    if let number = answers?.serialNumber { return Self.hex(UInt64(number), digits: 8, prefix: "") }
    guard case .usb(let device) = kind else { return nil }
    return device.product.flatMap(QualcommSerialNumber.inProduct) ?? device.serialNumber
  }

  static let programmerMode = "Firehose"

  /// What a programmer knows of itself and its storage.
  static func facts(_ programmer: QualcommTarget.ProgrammerFacts) -> [DeviceIdentity.Fact] {
    let limits = programmer.limits
    var facts: [DeviceIdentity.Fact] = [
      .init(QualcommFact.memory, .text(limits.memory.rawValue)),
      .init(QualcommFact.sectorSize, .number(UInt64(programmer.sectorByteCount))),
      .init(QualcommFact.payload, .number(limits.payload)),
    ]
    if let target = limits.targetName { facts.append(.init(QualcommFact.target, .text(target))) }
    if let date = programmer.startup.buildDate { facts.append(.init(QualcommFact.programmerDate, .text(date))) }
    if let first = programmer.storage[0] {
      if let name = first.productName { facts.append(.init(QualcommFact.storageName, .text(name))) }
      if let serial = first.serialNumber { facts.append(.init(QualcommFact.storageSerial, .number(serial))) }
    }
    let sizes = programmer.storage.sorted { $0.key < $1.key }.compactMap { number, info -> String? in
      info.sectorCount.map { "\(number): \($0) sectors" }
    }
    if !sizes.isEmpty { facts.append(.init(QualcommFact.sections, .list(sizes))) }
    if !programmer.startup.functionNames.isEmpty {
      facts.append(.init(QualcommFact.functions, .list(programmer.startup.functionNames)))
    }
    return facts
  }

  static func hex(_ value: UInt64, digits: Int, prefix: String = "0x") -> String {
    let text = String(value, radix: 16)
    return prefix + String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

/// The chip's serial number in a product string. Source: `docs/protocols/sahara.md` 1.2.
public enum QualcommSerialNumber {
  /// `3EB3EBC4` for `QUSB_BULK_CID:0404_SN:3EB3EBC4`: hexadecimal text up to the next space, underscore or end.
  public static func inProduct(_ product: String) -> String? {
    let marker = Array("_SN:".utf8)
    let bytes = Array(product.utf8)
    guard bytes.count > marker.count,
      let start = (0...bytes.count - marker.count).first(where: { Array(bytes[$0..<$0 + marker.count]) == marker })
    else { return nil }
    let text = bytes[(start + marker.count)...].prefix { $0 != 0x20 && $0 != UInt8(ascii: "_") }
    let digits = String(decoding: text, as: UTF8.self)
    return digits.isEmpty || !digits.allSatisfy(\.isHexDigit) ? nil : digits
  }
}

/// The names of the facts in a Qualcomm device's identity, in the order in which they are shown.
public enum QualcommFact {
  public static let mode = "mode"
  public static let protocolVersion = "protocol version"
  public static let chip = "chip"
  public static let hardwareID = "hardware id"
  public static let oemID = "OEM id"
  public static let modelID = "model id"
  public static let keyHash = "public key hash"
  public static let softwareVersion = "software version"
  public static let commands = "client commands"
  public static let memory = "memory"
  public static let sectorSize = "sector size"
  public static let payload = "payload"
  public static let target = "target"
  public static let programmerDate = "programmer date"
  public static let storageName = "storage name"
  public static let storageSerial = "storage serial"
  public static let sections = "sections"
  public static let functions = "functions"
}
