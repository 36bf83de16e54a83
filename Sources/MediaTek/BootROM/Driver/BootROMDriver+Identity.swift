import FlashCore

extension BootROMDriver {
  /// Asks the device all that it tells, and keeps its watchdog from restarting it. Asked once.
  ///
  /// Only who it is and which chip it is have to be answered; what a device does not want to tell is left out.
  /// Order: `docs/protocols/mtk-brom.md` 13, "flashctl order".
  func identify() async throws(BootROMError) -> BootROMIdentity {
    if let identity { return identity }
    let actor = try await synchronise()
    guard let code = try await hardwareCode() else {
      let old = try await oldIdentity(actor)
      identity = old
      try await stopWatchdog(old)
      return old
    }
    var found = BootROMIdentity(actor: actor, hardwareCode: code)
    if let versions = try await optional(.versions(policy)) {
      found.hardwareSubCode = UInt16(truncatingIfNeeded: versions.number(0))
      found.hardwareVersion = UInt16(truncatingIfNeeded: versions.number(1))
      found.softwareVersion = UInt16(truncatingIfNeeded: versions.number(2))
    }
    if let config = try await optional(.targetConfig(policy)) {
      found.targetConfig = BootROMTargetConfig(rawValue: config.number(0))
    }
    let version = UInt8(truncatingIfNeeded: try await perform(.bootROMVersion(policy)).number(0))
    // A preloader gives the query back.
    if version != BootROMOpcode.bootROMVersion.rawValue { found.bootROMVersion = version }
    try await stopWatchdog(found)
    if actor.tellsCapabilities { found.capabilities = try await optional(.preloaderCapabilities(policy))?.number(0) }
    if actor.tellsIDs {
      found.meID = try await optional(.meID(policy))?.block
      found.socID = try await optional(.socID(policy))?.block
    }
    identity = found
    return found
  }

  /// The hardware code; `nil` of a chip that only says the command back.
  private func hardwareCode() async throws(BootROMError) -> UInt16? {
    do throws(BootROMError) {
      return UInt16(truncatingIfNeeded: try await perform(.hardwareCode(policy)).number(0))
    } catch {
      if case .silence(_, 0, 2, _) = error { return nil }
      throw error
    }
  }

  /// A question that a device may refuse, or know nothing of: it says an unknown command back and nothing else, so silence
  /// behind the echo is an answer too.
  private func optional(_ exchange: BootROMExchange) async throws(BootROMError) -> BootROMExchange.Answers? {
    do throws(BootROMError) { return try await perform(exchange) } catch {
      switch error {
      case .refused(let status, _):
        notice("brom.question-refused", ["question": exchange.name, "status": Self.text(status)])
        return nil
      case .silence(_, 0, let expected, _) where expected > 1:
        notice("brom.question-unanswered", ["question": exchange.name])
        return nil
      default: throw error
      }
    }
  }

  /// Chips before MT6575: their version registers, by the one read that they know. The places are tried in turn.
  ///
  /// Source: `docs/protocols/mtk-brom.md` 8.2.
  private func oldIdentity(_ actor: BootROMActor) async throws(BootROMError) -> BootROMIdentity {
    notice("brom.old-chip")
    for base in Self.versionRegisters {
      let answers = try await perform(.legacyRead(.bits16, at: base + 8, count: 1, policy))
      let code = UInt16(truncatingIfNeeded: answers.number(0))
      guard code != 0, code != 0xFFFF else { continue }
      var found = BootROMIdentity(actor: actor, hardwareCode: code)
      found.isOld = true
      found.hardwareVersion = try await register(base)
      found.softwareVersion = try await register(base + 4)
      found.hardwareSubCode = try await register(base + 0xC)
      return found
    }
    throw .silence(
      during: BootROMOpcode.hardwareCode.name, received: 0, expected: 2, after: policy.hardwareCodeLimit)
  }

  private static let versionRegisters: [UInt32] = [0x8000_0000, 0x8001_0000]

  private func register(_ address: UInt32) async throws(BootROMError) -> UInt16 {
    UInt16(truncatingIfNeeded: try await perform(.legacyRead(.bits16, at: address, count: 1, policy)).number(0))
  }

  /// Boot ROM and preloader leave the watchdog running, which restarts a device that is not talked to for some seconds.
  /// A device that refuses the write is left as it is (10).
  private func stopWatchdog(_ found: BootROMIdentity) async throws(BootROMError) {
    guard !hasStoppedWatchdog else { return }
    hasStoppedWatchdog = true
    guard let chip = MediaTekChip.named(byHardwareCode: found.hardwareCode) else {
      return notice("brom.unknown-chip", ["code": Self.hexadecimal(found.hardwareCode)])
    }
    guard !MediaTekChip.refusingWatchdogWrite.contains(found.hardwareCode) else { return }
    for var write in chip.watchdogWrites {
      if found.isOld { write.width = .legacy16 }
      do throws(BootROMError) { try await perform(write) } catch {
        guard case .refused(let status, _) = error else { throw error }
        notice("brom.watchdog-refused", ["status": Self.text(status)])
      }
    }
  }

  /// Writes one register of the chip's table. Legacy chips are written by legacy commands, which a preloader reads otherwise.
  func perform(_ write: MediaTekChip.Write) async throws(BootROMError) {
    let exchange: BootROMExchange =
      switch write.width {
      case .bits32: .write(.bits32, [write.value], at: write.address, policy)
      case .bits16: .write(.bits16, [write.value], at: write.address, policy)
      case .legacy16: .legacyWrite(.bits16, [write.value], at: write.address, policy)
      }
    _ = try await perform(exchange)
  }

  static func text(_ status: BootROMStatus) -> String {
    hexadecimal(status.rawValue) + (status.meaning.map { " “\($0)”" } ?? "")
  }

  /// Four digits at least, without a prefix, as the field writes codes.
  static func hexadecimal(_ value: some FixedWidthInteger) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }
}
