import FlashCore
import WireFormat

/// DEVICE_CTRL: what can be asked of an agent, and set.
extension XFlashDriver {
  /// The answer of a getter, as it came.
  func get(_ control: XFlashControl) async throws(XFlashError) -> [UInt8] {
    try await run(XFlashExchange.get(control, policy)).answer
  }

  /// The same; `nil` where the agent does not know the control. Asked only once then.
  func getIfKnown(_ control: XFlashControl) async throws(XFlashError) -> [UInt8]? {
    guard !missing.contains(control) else { return nil }
    do throws(XFlashError) { return try await get(control) } catch {
      guard error.meansMissing else { throw error }
      missing.insert(control)
      return nil
    }
  }

  func set(_ control: XFlashControl, _ parameters: [UInt8]) async throws(XFlashError) {
    try await run(XFlashExchange.set(control, [parameters], policy))
  }

  /// The same; whether the agent knows the control.
  @discardableResult
  func setIfKnown(_ control: XFlashControl, _ parameters: [UInt8]) async throws(XFlashError) -> Bool {
    guard !missing.contains(control) else { return false }
    do throws(XFlashError) {
      try await set(control, parameters)
      return true
    } catch {
      guard error.meansMissing else { throw error }
      missing.insert(control)
      return false
    }
  }

  /// An action that agents need not know.
  func actIfKnown(_ control: XFlashControl) async throws(XFlashError) {
    guard !missing.contains(control) else { return }
    do throws(XFlashError) { try await run(XFlashExchange.act(control, policy)) } catch {
      guard error.meansMissing else { throw error }
      missing.insert(control)
    }
  }

  /// READ_REGISTER, where the agent knows it.
  func register(_ address: UInt32) async throws(XFlashError) -> UInt32 {
    let answer = try await run(XFlashExchange.register(address, policy)).answer
    return try parse(answer, of: .readRegister) { bytes throws(WireError) in
      try bytes.load(littleEndian: UInt32.self, at: 0)
    }
  }

  /// The eFuses, as bytes that nobody has described.
  func fuses() async throws(XFlashError) -> [UInt8] { try await run(XFlashExchange.readFuses(policy)).answer }

  /// Sends a resource file for a project, piece by piece.
  func sendResource(_ file: [UInt8], name: String) async throws(XFlashError) {
    for record in XFlashResource.records(of: file, name: name) {
      try await set(.setResource, record.bytes)
    }
  }

  /// Most bytes of chunks in either direction. Asked once: it cannot be asked inside of a command.
  func packetLengths() async throws(XFlashError) -> XFlashPacketLengths {
    if let lengths { return lengths }
    let answer = try await get(.getPacketLength)
    let found = try parse(answer, of: .getPacketLength) { bytes throws(WireError) in
      try XFlashPacketLengths(parsing: bytes)
    }
    lengths = found
    return found
  }

  /// Bytes of a chunk to the device: whole units, what the device takes, and no more than is kept in memory.
  func chunkByteCount(unit: UInt64) async throws(XFlashError) -> Int {
    let lengths = try await packetLengths()
    let whole = min(UInt64(lengths.write), policy.chunkByteCount) / max(1, unit) * max(1, unit)
    guard whole > 0 else { throw .packetLengths(lengths) }
    return Int(whole)
  }

  /// An answer's text, without the NULs that it should not have.
  func text(_ answer: [UInt8]?) -> String? {
    answer.map { bytes in String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
  }

  nonisolated func parse<Value>(
    _ bytes: [UInt8], of control: XFlashControl, _ body: (RawSpan) throws(WireError) -> Value
  ) throws(XFlashError) -> Value {
    do throws(WireError) { return try body(bytes.rawSpan) } catch { throw .answer(error, during: control.name) }
  }
}
