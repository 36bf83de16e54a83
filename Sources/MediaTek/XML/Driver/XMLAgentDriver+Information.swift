import FlashCore
import FlashImages

/// What an agent tells. Source: `docs/protocols/mtk-xml.md` 6.2, 8.
extension XMLAgentDriver {
  func readHardware() async throws(XMLAgentError) -> XMLAgentHardware {
    if let hardware { return hardware }
    let bytes = try await document(.getHardwareInfo) ?? []
    guard let found = XMLAgentHardware(parsing: bytes) else {
      throw .violation(.wrongDocument("da_hw_info"), during: XMLAgentCommand.getHardwareInfo.name)
    }
    hardware = found
    return found
  }

  /// Everything there is to know, in the order in which it is shown. What an agent does not know is left out.
  func facts() async throws(XMLAgentError) -> [DeviceIdentity.Fact] {
    if let agentFacts { return agentFacts }
    let hardware = try await readHardware()
    var facts: [DeviceIdentity.Fact] = []
    if let info = try await optional(.getAgentInfo).flatMap({ XMLAgentInfo(parsing: $0) }) {
      facts += [.init(XMLAgentFact.version, .text(info.version)), .init(XMLAgentFact.build, .text(info.build))]
    }
    if let wanted = try await wantsSignature() { facts.append(.init(XMLAgentFact.linkAuthentication, .flag(wanted))) }
    facts += Self.facts(hardware)
    if case .emmc = hardware.storage, let status = try await optional(.emmcControl(.lifeCycleStatus)) {
      let text = XMLAgentText(status).text
      facts.append(.init(XMLAgentFact.lifeCycle, text.isEmpty ? .unknown : .text(text)))
    }
    agentFacts = facts
    return facts
  }

  private static func facts(_ hardware: XMLAgentHardware) -> [DeviceIdentity.Fact] {
    var facts: [DeviceIdentity.Fact] = [
      .init(XMLAgentFact.memory, .number(hardware.memoryByteCount)),
      .init(XMLAgentFact.storage, .text(hardware.storageName)),
    ]
    let texts = [
      (XMLAgentFact.storageID, hardware.storageID), (XMLAgentFact.storageVendor, hardware.storageVendorID),
      (XMLAgentFact.storageFirmware, hardware.storageFirmware), (XMLAgentFact.randomID, hardware.randomID),
      (XMLAgentFact.productID, hardware.productID),
    ]
    facts += texts.filter { !$0.1.isEmpty }.map { .init($0.0, .text($0.1)) }
    if hardware.batteryVoltage > 0 { facts.append(.init(XMLAgentFact.battery, .number(hardware.batteryVoltage))) }
    return facts
  }

  /// A document that an agent need not have.
  private func optional(_ command: XMLAgentCommand) async throws(XMLAgentError) -> [UInt8]? {
    do throws(XMLAgentError) { return try await document(command, isRequired: false) } catch {
      switch error {
      case .unsupported, .refused: return nil
      default: throw error
      }
    }
  }

  /// The sections, as every agent of the family names them.
  func storage() async throws(XMLAgentError) -> StorageMap {
    try requireOpen()
    let hardware = try await readHardware()
    let unit = hardware.blockByteCount
    switch hardware.storage {
    case .emmc(let boot1, let boot2, let rpmb, let user, let general):
      return MediaTekSections.emmc(
        sectorByteCount: unit == 0 ? 512 : unit, user: user, boot1: boot1, boot2: boot2, rpmb: rpmb, general: general)
    case .ufs(let units):
      return MediaTekSections.ufs(sectorByteCount: unit == 0 ? 4096 : unit, units: units)
    case .nand(let nand):
      return MediaTekSections.nand(
        byteCount: nand.byteCount, pageByteCount: nand.pageByteCount, blockByteCount: unit)
    case .none, .other: throw .noStorage(hardware.storageName)
    }
  }

  /// The partitions as the agent lists them; `nil` where it has no list.
  func partitions() async throws(XMLAgentError) -> [Partition]? {
    try requireOpen()
    guard let bytes = try await optional(.readPartitionTable) else { return nil }
    guard let table = XMLAgentPartition.table(parsing: bytes) else {
      throw .violation(.wrongDocument("partition_table"), during: XMLAgentCommand.readPartitionTable.name)
    }
    guard !table.isEmpty else { return nil }
    let user = try await storage().sections.first?.name ?? "user"
    return table.map { entry in
      Partition(
        name: entry.name,
        extent: PlanExtent(section: user, start: .fromStart(entry.start), length: entry.byteCount))
    }
  }

  /// The images that were written in this session, with the checksums that the agent computed.
  func imageFeedback() async throws(XMLAgentError) -> [XMLAgentImageFeedback] {
    XMLAgentImageFeedback.list(parsing: try await document(.getImageFeedback) ?? [])
  }
}

/// The names of the facts that XML agents tell.
public enum XMLAgentFact {
  public static let version = "agent version"
  public static let build = "agent build"
  public static let linkAuthentication = "agent wants signature"
  /// Bytes.
  public static let memory = "DRAM"
  public static let storage = "storage"
  public static let storageID = "storage id"
  public static let storageVendor = "storage vendor"
  public static let storageFirmware = "storage firmware"
  public static let randomID = "random id"
  public static let productID = "product id"
  /// Millivolts.
  public static let battery = "battery voltage"
  public static let lifeCycle = "eMMC life cycle"
}
