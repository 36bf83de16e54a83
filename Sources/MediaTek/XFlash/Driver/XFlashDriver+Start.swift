import FlashCore
import FlashImages
import WireFormat

/// Bringing an agent up, and finding out how far one is that runs already. Source: `docs/protocols/mtk-xflash.md` 5.
extension XFlashDriver {
  /// The byte that an agent begins with, after JUMP_DA.
  static let firstByte: UInt8 = 0xC0

  /// From JUMP_DA to a second stage that takes commands about the storage.
  func bringUp(_ handover: AgentHandover) async throws(XFlashError) {
    let second = try secondStage(of: handover)
    try await awaitFirstByte()
    try await run(XFlashExchange.setUp(XFlashEnvironment(), policy))
    try await configureFirstStage(needsMemory: handover.needsMemorySettings)
    try await boot(second)
    try await configureSecondStage()
  }

  /// Gets in step with an agent that runs already, whatever an earlier session has left it in.
  ///
  /// The second stage is taken from `archive` where only the first one runs. Throws `firstStageOnly` without one.
  func attach(archive: AgentArchive?) async throws(XFlashError) {
    if try await resynchronise() == .fresh {
      try await run(XFlashExchange.setUp(XFlashEnvironment(), policy))
    } else {
      _ = try await run(XFlashExchange.get(.getConnectionAgent, policy, isOpen: true))
      guard try await isFirstStage() else {
        return try await configureSecondStage(isAttached: true)
      }
    }
    guard let archive else { throw .firstStageOnly }
    let chip = try await chipID()
    let device = AgentSelection.Device(
      hardwareCode: chip.hardwareCode, hardwareSubCode: chip.hardwareSubCode, hardwareVersion: chip.hardwareVersion,
      softwareVersion: chip.softwareVersion)
    guard let entry = AgentSelection(archive.entries, for: device).chosen, let place = entry.stages.second,
      entry.regions.indices.contains(place)
    else { throw .noSecondStage(path: archive.path) }
    let second = try Self.stage(entry.regions[place], of: archive)
    try await configureFirstStage(needsMemory: true)
    try await boot(second)
    try await configureSecondStage()
  }

  // MARK: The first words

  private func awaitFirstByte() async throws(XFlashError) {
    observer(.waiting(for: .reply(request: "agent")))
    guard let bytes = try await read(1, limit: policy.startLimit, during: "agent") else {
      throw .silence(during: "agent", after: policy.startLimit)
    }
    guard bytes != [Self.firstByte] else { return }
    let more: [UInt8]
    do throws(LinkError) { more = try await channel.drain(quiet: policy.quietLimit, byteLimit: 63) } catch {
      throw XFlashError(error, during: "agent")
    }
    throw .noAgent(beginning: bytes + more)
  }

  private enum Step {
    /// It has said its first byte, and nobody has set it up.
    case fresh
    /// DEVICE_CTRL has been answered, and waits for what to do.
    case control
  }

  /// Reads away what an earlier session has not read, then sends DEVICE_CTRL until it is answered.
  ///
  /// In the middle of something the command stands for an acknowledgement or a parameter, which ends that; an agent that
  /// was reading says nothing then, and others refuse.
  private func resynchronise() async throws(XFlashError) -> Step {
    let left = try await readAway()
    // Error statuses end with the same byte.
    let isFrame = left.indices.contains { left[$0...].starts(with: BootROMHandshake.frameMagic) }
    if left.last == Self.firstByte, left.count <= Self.longestGreeting, !isFrame { return .fresh }
    let name = XFlashCommand.deviceControl.name
    let probe = XFlashExchange(
      name, [.send(.word(XFlashCommand.deviceControl.rawValue)), .status([.ok], limit: policy.attachLimit)])
    var unknownInARow = 0
    for _ in 0..<Self.attachAttempts {
      let outcome = try await finish(probe)
      guard let error = outcome.error else { return .control }
      switch error {
      case .refused, .silence, .frame, .answer: _ = try await readAway()
      default: throw error
      }
      // Every agent that is set up knows DEVICE_CTRL: this one waits for that, and its first byte has been lost.
      unknownInARow = error.refusal == .unsupportedCommand ? unknownInARow + 1 : 0
      if unknownInARow == 2 { return .fresh }
    }
    throw .silence(during: name, after: policy.attachLimit)
  }

  private static let attachAttempts = 5
  /// Noise that may stand before an agent's first byte.
  private static let longestGreeting = 16

  /// Reads until the agent has been quiet; the last bytes of what came.
  private func readAway() async throws(XFlashError) -> [UInt8] {
    var total = 0
    var last: [UInt8] = []
    do throws(LinkError) {
      while total < policy.leftoverByteCount {
        let piece = try await channel.drain(quiet: policy.quietLimit, byteLimit: 64 << 10)
        guard !piece.isEmpty else { return last }
        total += piece.count
        last = Array((last + piece).suffix(64))
      }
    } catch {
      throw XFlashError(error, during: "agent")
    }
    throw .unexpectedFrame(during: "agent", byteCount: UInt64(total))
  }

  /// First stages do not know commands about the storage. The reading of a few sectors that tells is harmless.
  private func isFirstStage() async throws(XFlashError) -> Bool {
    let storage: XFlashStorage
    do throws(XFlashError) { storage = try await findStorage() } catch {
      // A first stage that knows no storage yet.
      guard error == .noStorage else { throw error }
      return true
    }
    let output = CollectedBytes()
    let range = StorageRange(section: storage.userSection, bytes: 0..<storage.reportedUnit)
    do throws(XFlashError) {
      try await read(range, into: output)
      return false
    } catch {
      guard let status = error.refusal else { throw error }
      return status == .unsupportedCommand
    }
  }

  // MARK: The first stage

  private func configureFirstStage(needsMemory: Bool) async throws(XFlashError) {
    // Not all know them, and none has to.
    try await setIfKnown(.setResetKey, .word(XFlashResetKey.twoKeys.rawValue))
    try await setChecksumLevel()
    let answer = try await getIfKnown(.getConnectionAgent)
    let isFromBootROM = text(answer).map { $0 == "brom" } ?? needsMemory
    guard isFromBootROM else { return }
    try await setUpMemory()
  }

  /// An agent that does not know the level that the user wants checks nothing, which is said.
  private func setChecksumLevel() async throws(XFlashError) {
    let wanted = connection.mediaTek.checksumLevel
    let level = wanted ?? policy.checksumLevel
    guard try await !setIfKnown(.setChecksumLevel, .word(level.rawValue)), wanted != nil else { return }
    notice("xflash.no-checksum-level")
  }

  private func setUpMemory() async throws(XFlashError) {
    guard let path = connection.mediaTek.preloader else { throw .memorySettingsMissing }
    let settings = try Self.memorySettings(path: path)
    notice("xflash.memory-settings", ["file": path, "version": "\(settings.version)"])
    do throws(XFlashError) { try await run(XFlashExchange.setUpMemory(settings.bytes, policy)) } catch {
      switch error {
      case .refused(let status, _, _) where status == .memoryVersionMismatch || status == .externalMemoryFailed:
        throw .memoryFailed(status)
      case .silence: throw .memoryFailed(nil)
      default: throw error
      }
    }
  }

  /// The settings in a preloader, or a file of nothing but settings.
  static func memorySettings(path: String) throws(XFlashError) -> EMIBlock {
    do throws(ImageError) {
      let file = try RegularFile(path: path)
      if let block = try EMIBlock(file: file) { return block }
      guard let block = try PreloaderFile(file).memory else { throw XFlashMissingSettings.error }
      return block
    } catch {
      if error == XFlashMissingSettings.error { throw .noMemorySettings(path: path) }
      throw .file(error)
    }
  }

  // MARK: The second stage

  private typealias Stage = (bytes: [UInt8], loadAddress: UInt32)

  private func secondStage(of handover: AgentHandover) throws(XFlashError) -> (bytes: [UInt8], loadAddress: UInt32) {
    do throws(ImageError) {
      if let stage = try handover.secondStageContent(), !stage.bytes.isEmpty { return stage }
    } catch {
      throw .file(error)
    }
    throw .noSecondStage(path: handover.archive.path)
  }

  private static func stage(_ region: AgentRegion, of archive: AgentArchive) throws(XFlashError) -> Stage {
    do throws(ImageError) {
      let bytes = try archive.content(of: region)
      return (Array(bytes.prefix(Int(region.unsignedByteCount))), region.loadAddress)
    } catch {
      throw .file(error)
    }
  }

  private func boot(_ stage: Stage) async throws(XFlashError) {
    notice("xflash.second-stage", ["address": Self.hexadecimal(stage.loadAddress), "bytes": "\(stage.bytes.count)"])
    let outcome = try await finish(XFlashExchange.boot(stage.bytes, at: UInt64(stage.loadAddress), policy))
    guard let error = outcome.error else { return }
    if case .silence(_, let after) = error, outcome.session.isBeforeLastStep { throw .secondStageSilent(after: after) }
    throw error
  }

  /// Gets the second stage to do what it is asked, at the speed that the device is capable of.
  private func configureSecondStage(isAttached: Bool = false) async throws(XFlashError) {
    // What a first stage does not know, a second one may.
    missing = []
    if isAttached, connection.mediaTek.checksumLevel != nil { try await setChecksumLevel() }
    try await authenticate(isAttached: isAttached)
    try await switchSpeedIfSlow()
    lengths = nil
    _ = try await packetLengths()
  }

  static func hexadecimal(_ value: some BinaryInteger) -> String { "0x" + String(value, radix: 16) }
}

/// What tells a file without settings from one that cannot be read.
private enum XFlashMissingSettings {
  static let error = ImageError.malformed(path: "", offset: 0, reason: "no memory settings")
}
