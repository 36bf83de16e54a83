import FlashCore
public import FlashImages
import WireFormat

/// What only agents have. Everything throws the agent's own error, and `AgentLacksCommand` where its protocol cannot do it.
extension MediaTekTarget {
  private func lack(_ agent: any MediaTekAgent, _ command: String) -> AgentLacksCommand {
    AgentLacksCommand(protocolName: agent.protocolName, command: command)
  }

  private func xml(for command: String) async throws -> XMLAgentDriver {
    let agent = try await agent()
    guard let agent = agent as? XMLAgent else { throw lack(agent, command) }
    return agent.driver
  }

  // MARK: Registers and fuses

  /// Reads registers of 32 bits, whole ones; the bytes are in the order of their addresses.
  public func readRegisters(at address: UInt64, byteCount: UInt64) async throws -> [UInt8] {
    let agent = try await agent()
    if let agent = agent as? XMLAgent { return try await agent.driver.readRegisters(at: address, byteCount: byteCount) }
    guard let agent = agent as? XFlashAgent else { throw lack(agent, "registers") }
    var bytes: [UInt8] = []
    while UInt64(bytes.count) < byteCount {
      try Task.checkCancellation()
      let place = UInt32(truncatingIfNeeded: address &+ UInt64(bytes.count))
      bytes.append(littleEndian: try await agent.driver.register(place))
    }
    return bytes
  }

  /// Writes registers of 32 bits, one after the other.
  public func writeRegisters(_ values: [UInt32], at address: UInt64) async throws {
    let agent = try await agent()
    if let agent = agent as? XMLAgent {
      var bytes: [UInt8] = []
      for value in values { bytes.append(littleEndian: value) }
      return try await agent.driver.writeRegisters(bytes, at: address)
    }
    guard let agent = agent as? XFlashAgent else { throw lack(agent, "registers") }
    for (index, value) in values.enumerated() {
      var parameters: [UInt8] = []
      parameters.append(littleEndian: UInt32(truncatingIfNeeded: address &+ UInt64(4 * index)))
      parameters.append(littleEndian: value)
      try await agent.driver.set(.setRegisterValue, parameters)
    }
  }

  /// The fuses: an XML document of XML agents, bytes that nobody has described of XFlash agents.
  public func readFuses() async throws -> [UInt8] {
    let agent = try await agent()
    if let agent = agent as? XMLAgent { return try await agent.driver.readEFuses() }
    guard let agent = agent as? XFlashAgent else { throw lack(agent, "fuses") }
    return try await agent.driver.fuses()
  }

  // MARK: Memory

  /// A test of the device's memory; `report` gets what the agent says while it runs. Returns what a calibration brings.
  public func testMemory(
    _ test: XMLAgentCommand.MemoryTest, report: @escaping @Sendable (String, Int?) -> Void
  ) async throws -> [UInt8] {
    try await xml(for: "memory tests").testMemory(test) { event in
      if case .progress(let message, let percent) = event { report(message, percent) }
    }
  }

  /// Has the agent repair memory by the manufacturer's parameters; returns the device's own word for the outcome.
  public func repairMemory(_ parameters: [UInt8]) async throws -> String {
    try await xml(for: "memory repair").repairMemory(parameters)
  }

  /// Gives the UFS chip another firmware, which nothing undoes.
  public func updateUFSFirmware(
    _ bytes: [UInt8], report: @escaping @Sendable (String, Int?) -> Void
  ) async throws {
    try await xml(for: "UFS firmware updates").updateUFSFirmware(bytes) { event in
      if case .progress(let message, let percent) = event { report(message, percent) }
    }
  }

  // MARK: Questions

  /// The images that were written since the agent started, with the agent's own checksums of them.
  public func imageFeedback() async throws -> [XMLAgentImageFeedback] {
    try await xml(for: "checksums of images").imageFeedback()
  }

  /// The value of a property; `nil` where the agent has none of that name.
  public func property(_ key: String) async throws -> String? {
    let bytes = try await xml(for: "properties").document(.getSystemProperty(key), isRequired: false) ?? []
    return XMLAgentProperties.value(of: key, in: bytes)
  }

  /// Where the agent's log goes from now on, and how much of it.
  public func setLog(
    _ channel: XMLAgentCommand.LogChannel, level: XMLAgentCommand.LogLevel
  ) async throws {
    // Memory has been set up: that is not said again.
    try await xml(for: "another channel for its log").perform(
      .setRuntimeParameter(logLevel: level, logChannel: channel, initializesMemory: nil))
  }

  // MARK: Partitions by name

  /// Reads all of a partition that the agent finds itself; returns how many bytes it had.
  public func read(
    partition name: String, into sink: @escaping @Sendable (RawSpan) throws -> Void
  ) async throws -> UInt64 {
    let consumer = ClosureConsumer(sink)
    do { return try await agent().read(partition: name, into: consumer) } catch { throw consumer.error ?? error }
  }

  /// Writes a whole file to a partition that the agent finds itself: it expands sparse images, and makes the header of a boot
  /// section.
  public func write(
    _ image: any ImageSource, byteCount: UInt64, partition name: String,
    progress: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    try await agent().write(ImageStream(image), byteCount: byteCount, partition: name, progress: progress)
  }

  public func erase(partition name: String, progress: @escaping @Sendable (Int) -> Void) async throws {
    try await agent().erase(partition: name, progress: progress)
  }

  // MARK: Leaving

  /// Lets go of the device, which waits until it is unplugged, or takes its power away for a moment.
  public func leave(_ action: XMLAgentCommand.RebootAction) async throws {
    let agent = try await agent()
    if let agent = agent as? XMLAgent { return try await agent.driver.reboot(action) }
    guard action == .disconnect else { throw lack(agent, "cold resets") }
    try await agent.reboot(to: .off)
  }

  /// What the next restart leads to.
  public func setBootMode(_ mode: XMLAgentCommand.BootMode) async throws {
    try await xml(for: "a boot mode that is kept").setBootMode(mode)
  }
}
