import FlashCore
import FlashImages

/// An XML (V6) agent whose second stage runs. Everything throws `XMLAgentError`, or what `FlashTarget` says.
struct XMLAgent: MediaTekAgent {
  let driver: XMLAgentDriver

  var protocolName: String { "XML" }
  var generation: AgentChip.Generation { .v6 }
  var clock: any LinkClock { driver.clock }
  var rebootModes: [RebootMode] { [.system, .fastboot, .meta] }

  private init(channel: MediaTekChannel, connection: Connection, policy: XMLAgentPolicy) {
    var policy = policy
    if let timeout = connection.timeout { policy.replaceLimits(with: timeout) }
    driver = XMLAgentDriver(channel: channel, connection: connection, policy: policy)
  }

  /// Brings up an agent whose first stage has just been started.
  static func start(
    _ handover: AgentHandover, policy: XMLAgentPolicy = XMLAgentPolicy()
  ) async throws(XMLAgentError) -> XMLAgent {
    let agent = XMLAgent(channel: handover.channel, connection: handover.connection, policy: policy)
    if handover.connection.mediaTek.checksumLevel != nil { agent.driver.notice("xml.no-checksum-level") }
    try await agent.driver.start(handover)
    let isSlow = await agent.driver.channel.endpoints.isFullSpeed
    guard handover.connection.mediaTek.triesUSBSpeed, isSlow else { return agent }
    do throws(XMLAgentError) { try await agent.driver.switchSpeed() } catch {
      guard case .unsupported = error else {
        await agent.close()
        throw error
      }
      agent.driver.notice("xml.speed-stays")
    }
    return agent
  }

  /// Goes on with an agent that runs already; the channel begins with what it has said.
  static func attach(
    _ channel: MediaTekChannel, _ connection: Connection, policy: XMLAgentPolicy = XMLAgentPolicy()
  ) async throws(XMLAgentError) -> XMLAgent {
    let agent = XMLAgent(channel: channel, connection: connection, policy: policy)
    if connection.mediaTek.checksumLevel != nil { agent.driver.notice("xml.no-checksum-level") }
    try await agent.driver.attach()
    return agent
  }

  /// Whether what an agent says is text in frames, as that of XML agents is; `nil` where too little of it is there.
  static func speaks(_ beginning: [UInt8]) -> Bool? {
    var rest = beginning[...]
    while rest.count > XMLAgentFrame.headerByteCount {
      guard let frame = try? XMLAgentFrame(parsing: Array(rest.prefix(XMLAgentFrame.headerByteCount))) else {
        return false
      }
      rest = rest.dropFirst(XMLAgentFrame.headerByteCount)
      guard frame.kind == .log else {
        return rest.starts(with: "OK".utf8) || rest.starts(with: "ERR".utf8) || rest.first == UInt8(ascii: "<")
      }
      // Logs look the same in both protocols.
      rest = rest.dropFirst(Int(clamping: frame.byteCount))
    }
    return nil
  }

  func facts() async throws -> [DeviceIdentity.Fact] { try await driver.facts() }
  func storageKind() async throws -> ScatterStorage {
    let hardware = try await driver.readHardware()
    switch hardware.storage {
    case .emmc: return .emmc
    case .ufs: return .ufs
    case .nand: return .nand
    case .none, .other: throw XMLAgentError.noStorage(hardware.storageName)
    }
  }

  /// The protocol has no question for it.
  func chipNames() async throws -> [String] { [] }
  func batteryVoltage() async throws -> UInt64? { try await driver.readHardware().batteryVoltage }
  func storage() async throws -> StorageMap { try await driver.storage() }
  func partitions() async throws -> [Partition]? { try await driver.partitions() }

  func read(_ range: StorageRange, into consumer: any StreamConsumer) async throws {
    try await driver.read(range, into: consumer)
  }

  func write(
    _ image: ImageStream, byteCount: UInt64, to range: StorageRange, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    try await driver.write(image, byteCount: byteCount, to: range, progress: progress)
  }

  func erase(_ range: StorageRange, progress: @escaping @Sendable (Int) -> Void) async throws {
    try await driver.erase(range, progress: progress)
  }

  func read(partition name: String, into consumer: any StreamConsumer) async throws -> UInt64 {
    try await driver.read(partition: name, into: consumer)
  }

  func write(
    _ image: ImageStream, byteCount: UInt64, partition name: String, progress: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    try await driver.write(image, byteCount: byteCount, partition: name, progress: progress)
  }

  func erase(partition name: String, progress: @escaping @Sendable (Int) -> Void) async throws {
    try await driver.erase(partition: name, progress: progress)
  }

  /// The mode is stored first, where there is one, and the restart leads to it. This protocol cannot turn a device off.
  func reboot(to mode: RebootMode) async throws {
    switch mode {
    case .system: break
    case .fastboot: try await driver.setBootMode(.fastboot)
    case .meta: try await driver.setBootMode(.meta)
    case .update, .edl, .off:
      throw UnsupportedOperation(protocolName: protocolName, capability: .reboot, detail: mode.rawValue)
    }
    try await driver.reboot(.immediate)
  }

  func close() async { await driver.close() }
}
