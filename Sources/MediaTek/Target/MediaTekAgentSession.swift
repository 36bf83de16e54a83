import FlashCore
import FlashImages
import Synchronization
import WireFormat

/// The agent of one device: started when it is first needed, attached to where one runs already.
///
/// Methods throw `BootROMError`, the agent's own error, or `UnsupportedOperation`.
actor MediaTekAgentSession {
  private let driver: BootROMDriver
  /// What an agent that ran already said to the handshake; `nil` where a boot ROM or preloader answered.
  nonisolated let beginning: [UInt8]?
  private var running: (any MediaTekAgent)?
  private nonisolated let modes = Mutex<[RebootMode]?>(nil)

  init(driver: BootROMDriver, beginning: [UInt8]?) {
    self.driver = driver
    self.beginning = beginning
  }

  private nonisolated var connection: Connection { driver.connection }

  /// Whether an agent has been started or attached to.
  var isRunning: Bool { running != nil }

  /// Whether there is an agent, or can be: one runs, or the user has given one.
  nonisolated var isAtHand: Bool { beginning != nil || !connection.loaders.isEmpty }

  /// Where agents lead: where the one that runs does; before that, where any kind does, one of which may refuse then.
  nonisolated var rebootModes: [RebootMode] { modes.withLock { $0 } ?? [.system, .edl, .fastboot, .meta, .off] }

  /// The agent whose last stage runs.
  func agent() async throws -> any MediaTekAgent {
    if let running { return running }
    let agent = beginning == nil ? try await start() : try await attach()
    modes.withLock { $0 = agent.rebootModes }
    running = agent
    return agent
  }

  private func start() async throws -> any MediaTekAgent {
    guard let archive = try archive() else { throw BootROMError.noAgentFile }
    let handover = try await driver.startAgent(from: archive)
    switch handover.generation {
    case .v5: return try await XFlashAgent(starting: handover)
    case .v6: return try await XMLAgent.start(handover)
    default: throw unsupported(handover.generation.rawValue)
    }
  }

  private func attach() async throws -> any MediaTekAgent {
    if XMLAgent.speaks(beginning ?? []) == true { return try await XMLAgent.attach(driver.channel, connection) }
    return try await XFlashAgent(attaching: driver.channel, connection: connection, archive: try archive())
  }

  /// The user's agent file: the last one, as with all options that are given again.
  private func archive() throws(BootROMError) -> AgentArchive? {
    guard let path = connection.loaders.last else { return nil }
    do throws(ImageError) { return try AgentArchive(path: path) } catch { throw .file(error) }
  }

  private func unsupported(_ generation: String) -> UnsupportedOperation {
    UnsupportedOperation(protocolName: "\(generation) agent", capability: .storage)
  }

  /// Closes the link that the device is reached by now.
  func close() async {
    if let running { await running.close() } else { await driver.close() }
  }
}
