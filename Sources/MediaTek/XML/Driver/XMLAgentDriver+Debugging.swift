import FlashCore
import FlashImages

/// Registers, fuses, memory and certificates. Source: `docs/protocols/mtk-xml.md` 7.4, 7.5.
extension XMLAgentDriver {
  /// Most bytes that one read of registers brings.
  private static let registerByteLimit: UInt64 = 1 << 20

  func readRegisters(at address: UInt64, byteCount: UInt64) async throws(XMLAgentError) -> [UInt8] {
    let memory = XMLAgentMemory()
    let count = min(byteCount, Self.registerByteLimit)
    try await run(
      XMLCommandSession(
        .readRegister(at: address, byteCount: count), files: .receiving(atMost: count, exactly: count),
        policy: policy),
      XMLAgentContent(incoming: memory))
    return memory.bytes
  }

  func writeRegisters(_ bytes: [UInt8], at address: UInt64) async throws(XMLAgentError) {
    try await perform(.writeRegister(at: address, byteCount: UInt64(bytes.count)), sending: bytes)
  }

  /// The fuses, as an XML document.
  func readEFuses() async throws(XMLAgentError) -> [UInt8] {
    try await document(.readEFuse(to: XMLAgentCommand.memory(0x5000))) ?? []
  }

  /// Returns what a calibration brings; nothing of other tests.
  func testMemory(
    _ test: XMLAgentCommand.MemoryTest, report: @escaping @Sendable (XMLAgentEvent) -> Void
  ) async throws(XMLAgentError) -> [UInt8] {
    let memory = XMLAgentMemory()
    try await run(
      XMLCommandSession(
        .testMemory(test), files: .receiving(atMost: policy.documentByteCount, isRequired: false), policy: policy),
      XMLAgentContent(incoming: memory), report: report)
    return memory.bytes
  }

  /// Returns `SUCCEEDED`, `NO-NEED`, `FAILED`, or what else the device says.
  func repairMemory(_ parameters: [UInt8]) async throws(XMLAgentError) -> String {
    let memory = XMLAgentMemory()
    let command = XMLAgentCommand.repairMemory(parameters: XMLAgentCommand.memory(UInt64(parameters.count)))
    var files = XMLAgentFiles.receiving(atMost: 0x1000)
    files.offer(command["param_file"] ?? "", byteCount: UInt64(parameters.count))
    do throws(XMLAgentError) {
      try await run(
        XMLCommandSession(command, files: files, policy: policy),
        XMLAgentContent([.bytes(parameters)], incoming: memory))
    } catch {
      guard case .unsupported = error else { throw error }
      // Another host calls it otherwise.
      var other = command
      other.name = "DRAM-REPAIR"
      try await run(
        XMLCommandSession(other, files: files, policy: policy),
        XMLAgentContent([.bytes(parameters)], incoming: memory))
    }
    return XMLAgentText(memory.bytes).text
  }

  func updateUFSFirmware(
    _ bytes: [UInt8], report: @escaping @Sendable (XMLAgentEvent) -> Void
  ) async throws(XMLAgentError) {
    let name = XMLAgentCommand.memory(UInt64(bytes.count))
    try await run(
      XMLCommandSession(
        .updateUFSFirmware(from: name), files: .sending(name, byteCount: UInt64(bytes.count)), policy: policy),
      XMLAgentContent([.bytes(bytes)]), report: report)
  }
}
