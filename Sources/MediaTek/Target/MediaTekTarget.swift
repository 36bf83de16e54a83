public import FlashCore
public import FlashImages
import WireFormat

/// A MediaTek device that has been opened and has answered the handshake: a boot ROM or a preloader in command state, or an
/// agent that runs already; and the agent that is started for everything about the storage.
///
/// One task uses a target at a time. Methods throw `BootROMError`, `UnsupportedOperation`, or the agent's `XFlashError` or `XMLAgentError`.
public struct MediaTekTarget: FlashTarget {
  /// What the handshake told, and the descriptors.
  public let identity: DeviceIdentity
  /// Who answers; `nil` of a device that was sent into another mode in place of a handshake.
  public let actor: BootROMActor?
  /// The user's agent files, as they were written.
  public let loaders: [String]
  let driver: BootROMDriver
  let session: MediaTekAgentSession

  public var protocolName: String { hasStorage ? "agent" : "boot ROM" }
  public var clock: any LinkClock { driver.clock }
  /// Where no agent is at hand, those for which one would be needed too: going there says so.
  public var rebootModes: [RebootMode] { session.rebootModes }
  public var capabilities: Set<Capability> {
    guard hasStorage else { return [.reboot] }
    return [
      .storage, .partitions, .read, .write, .writeRanges, .erase, .verify, .patch, .zero, .slots, .backup, .reboot,
    ]
  }

  /// Whether an agent runs, or one can be started. A device that was sent into another mode is gone for us.
  var hasStorage: Bool { actor != nil || session.beginning != nil }

  init(connecting connection: Connection, policy: BootROMPolicy) async throws(BootROMError) {
    var policy = policy
    if let timeout = connection.timeout { policy.replaceLimits(with: timeout) }
    let channel: MediaTekChannel
    do throws(BootROMError) { channel = try await MediaTekChannel.open(connection.link) } catch {
      await Task { [link = connection.link] in await link.close() }.value
      throw error
    }
    driver = BootROMDriver(channel: channel, connection: connection, policy: policy)
    loaders = connection.loaders
    var found: BootROMActor?
    var beginning: [UInt8]?
    do throws(BootROMError) {
      switch connection.mediaTek.beginning {
      case .handshake: found = try await driver.synchronise()
      case .mode(let token): try await driver.enter(token)
      }
    } catch {
      switch error {
      case .agentRunning(let bytes): beginning = bytes
      default:
        await driver.close()
        throw error
      }
    }
    actor = found
    session = MediaTekAgentSession(driver: driver, beginning: beginning)
    identity =
      MediaTekIdentityFacts(
        kind: connection.link.kind, answers: nil, actor: found, isAgent: beginning != nil
      ).identity
  }

  /// Asks for chip, versions, security and ids, and keeps the watchdog from restarting the device. An agent that runs, or
  /// that loaders were given for, adds what it knows of itself and of the storage.
  public func identify() async throws -> DeviceIdentity {
    var identity = identity
    if session.beginning == nil {
      let answers = try await information()
      identity = MediaTekIdentityFacts(kind: driver.channel.link.kind, answers: answers, actor: actor).identity
    }
    guard session.isAtHand else { return identity }
    let agent = try await session.agent()
    // The table of chips knows what most devices of a chip run, and here is what this one does.
    if let index = identity.facts.firstIndex(where: { $0.name == MediaTekFact.generation }) {
      identity.facts[index].value = .text(agent.generation.rawValue)
    }
    identity.facts += try await agent.facts()
    return identity
  }

  /// The same, as the device answered.
  public func information() async throws(BootROMError) -> BootROMIdentity { try await driver.identify() }

  // MARK: Memory

  /// Reads memory, a whole number of values; handed on in the order of the device's addresses.
  public func read(
    _ width: BootROMExchange.Width, at address: UInt32, byteCount: UInt32, isLegacy: Bool = false,
    into sink: @escaping @Sendable ([UInt8]) throws(ImageError) -> Void
  ) async throws(BootROMError) {
    _ = try await driver.identify()
    try await driver.read(width, at: address, byteCount: byteCount, isLegacy: isLegacy, into: sink)
  }

  /// Writes values one after the other.
  public func write(
    _ width: BootROMExchange.Width, _ values: [UInt32], at address: UInt32, isLegacy: Bool = false
  ) async throws(BootROMError) {
    _ = try await driver.identify()
    try await driver.write(width, values, at: address, isLegacy: isLegacy)
  }

  // MARK: Programs

  /// Gives the device the user's authentication file, certificate and response, as far as it demands them.
  public func authenticate() async throws(BootROMError) { try await driver.authenticate() }

  /// Sends a program of the user's, with its signature at its end, and starts it; returns what it says within the limit of
  /// an answer, at most so many bytes.
  ///
  /// `address` is where it goes; `nil` for the customary one of the chip.
  public func run(
    _ program: [UInt8], at address: UInt32?, signatureByteCount: UInt32, is64Bit: Bool, answerByteCount: Int
  ) async throws(BootROMError) -> (address: UInt32, answer: [UInt8]) {
    let found = try await driver.identify()
    let chip = MediaTekChip.named(byHardwareCode: found.hardwareCode)
    let usual = found.actor.isBootROM ? chip?.sramAddress : chip?.dramAddress
    let place = address ?? usual ?? MediaTekChip.usualAddress
    try await driver.authenticate()
    try await driver.send(program, to: place, signatureByteCount: signatureByteCount)
    try await driver.jump(to: place, is64Bit: is64Bit)
    let answer = try await driver.listen(atMost: answerByteCount)
    return (place, answer)
  }

  /// Sends the first stage of an agent and starts it; returns what it begins with, and where it was put.
  public func startAgent(
    from archive: AgentArchive, answerByteCount: Int
  ) async throws(BootROMError) -> (entry: AgentEntry, answer: [UInt8]) {
    let handover = try await driver.startAgent(from: archive)
    return (handover.entry, try await driver.listen(atMost: answerByteCount))
  }

  /// Sends an image for a partition to a preloader that takes them, and starts it.
  public func boot(_ image: [UInt8], as partition: String) async throws(BootROMError) {
    let found = try await driver.identify()
    guard !found.actor.isBootROM else {
      throw .wrongActor(.preloader(version: 0), during: BootROMOpcode.sendImage.name)
    }
    _ = try await driver.perform(.sendImage(image, as: partition, driver.policy))
    let answers = try await driver.perform(.bootImage(partition, driver.policy))
    // One is success elsewhere, and says here that there is no such image.
    if let status = answers.statuses.last, status != .ok {
      throw .refused(status, during: BootROMOpcode.bootImage.name)
    }
  }

  /// The boot ROM's log. Older ones know another command for it.
  public func log() async throws(BootROMError) -> [UInt8] {
    do throws(BootROMError) { return try await driver.perform(.log(driver.policy)).block } catch {
      guard case .silence(_, 0, 4, _) = error else { throw error }
      return try await driver.perform(.oldLog(driver.policy)).block
    }
  }

  /// One command by itself, with what the device answered.
  public func perform(_ exchange: BootROMExchange) async throws(BootROMError) -> BootROMExchange.Answers {
    try await driver.perform(exchange)
  }

  // MARK: Leaving

  /// Returns when the write is acknowledged, or the device has left because of it.
  func restartByWatchdog() async throws {
    let found = try await driver.identify()
    guard let write = MediaTekChip.named(byHardwareCode: found.hardwareCode)?.resetWrite else {
      throw BootROMError.unknownWatchdog(hardwareCode: found.hardwareCode)
    }
    do throws(BootROMError) { try await driver.perform(write) } catch {
      switch error {
      case .transfer(.disconnected, _), .silence: driver.notice("brom.reset-reply-lost")
      default: throw error
      }
    }
  }

  /// Marks the chip so that its boot ROM waits for a host, and restarts it. Throws what the device refuses.
  public func restart(to request: DownloadRequest) async throws {
    for step in request.writes { try await write(.bits32, [step.value], at: step.address) }
    try await restartByWatchdog()
  }

  /// Closes the link, also when the task is cancelled. The device stays in the state it is in.
  public func close() async { await session.close() }
}

extension BootROMDriver {
  /// What comes by itself, within the limit of an answer.
  func listen(atMost byteCount: Int) async throws(BootROMError) -> [UInt8] {
    guard byteCount > 0 else { return [] }
    do throws(LinkError) {
      return try await channel.readSome(atMost: byteCount, limit: policy.commandLimit) ?? []
    } catch {
      // A program that was started may do with the bus what it likes.
      if error == .disconnected { return [] }
      throw BootROMError(error, during: "agent")
    }
  }
}
