import Digests
import MediaTek
import WireFormat

/// From the first byte to the second stage, and away. Source: `docs/protocols/mtk-xflash.md` 5 and 10.
extension SimulatedXFlash {
  /// SYNC_SIGNAL, SETUP_ENVIRONMENT and its block, SETUP_HW_INIT_PARAMS and its word: only the two last ones are answered.
  mutating func prepare(_ payload: [UInt8]) {
    let word = Self.word(payload)
    switch state {
    case .started where word == XFlashCommand.synchronise.rawValue: break
    case .started where word == XFlashCommand.setUpEnvironment.rawValue: state = .environment
    case .environment:
      guard payload.count == XFlashEnvironment.byteCount,
        let parsed = try? XFlashEnvironment(parsing: payload.rawSpan)
      else { return refuse(.protocolError) }
      environment = parsed
      outbox.logs = outbox.logs || parsed.logChannel.includesUSB
      state = .prepared
      say(.ok)
    case .prepared where word == XFlashCommand.synchronise.rawValue: break
    case .prepared where word == XFlashCommand.setUpHardware.rawValue: state = .hardware
    case .hardware:
      state = .idle
      say(.ok)
      say(.synchronised, after: settings.synchroniseDelay)
    default: refuse(.unsupportedCommand)
    }
  }

  /// The parameters of a command that is not about the storage, or hands those on that are.
  mutating func take(_ payload: [UInt8], parameter number: Int, of command: XFlashCommand) {
    switch (command, number) {
    case (.initialiseExternalRAM, 0):
      announced = UInt64(Self.word(payload) ?? 0)
      state = .parameter(command, 1)
    case (.initialiseExternalRAM, _): setUpMemory(payload)
    case (.bootTo, 0):
      guard let target = try? XFlashBootTarget(parsing: payload.rawSpan), target.byteCount > 0 else {
        return refuse(.protocolError)
      }
      announced = target.byteCount
      bootAddress = target.address
      state = .parameter(command, 1)
    case (.bootTo, _): boot(payload)
    case (.shutdown, _): shutDown(payload)
    case (.switchUSBSpeed, _):
      say(.ok)
      leave(.highSpeed(after: settings.switchTime))
    case (.readEFuse, _):
      say(.ok)
      say([UInt8](repeating: 0, count: 0xF8))
      state = .fuses
    case (.readData, _): beginReading(payload)
    case (.upload, _): beginUpload(payload)
    case (.writeData, _): beginWriting(payload)
    case (.download, _): beginDownload(payload, number)
    case (.format, _): beginFormatting(payload)
    case (.formatPartition, _): beginFormattingPartition(payload)
    default: refuse(.unsupportedCommand)
    }
  }

  private mutating func setUpMemory(_ settings: [UInt8]) {
    guard UInt64(settings.count) == announced else { return refuse(.protocolError) }
    if let count = quirks.refusedMemorySettings, refusedSettings < count.value {
      refusedSettings += 1
      return refuse(.memoryVersionMismatch)
    }
    guard settings.starts(with: Array("MTK_BLOADER_INFO_v".utf8)) else { return refuse(.externalMemoryFailed) }
    hasMemory = true
    state = .idle
    say(.ok)
  }

  /// Where memory begins.
  private static let memoryAddress: UInt64 = 0x4000_0000

  private mutating func boot(_ image: [UInt8]) {
    guard UInt64(image.count) == announced else { return refuse(.protocolError) }
    guard bootAddress >= Self.memoryAddress else { return refuse(XFlashStatus(rawValue: 0xC002_0039)) }
    guard !settings.checksSecondStage || isExpected(image) else { return refuse(.hashMismatch) }
    say(.ok)
    guard hasMemory else {
      // What a device does whose memory is dead.
      state = .silent
      return
    }
    isSecondStage = true
    state = .idle
    if !quirks.forgetsSecondStage { say(.synchronised) }
  }

  /// Whether the first stage holds the image's SHA-256.
  private func isExpected(_ image: [UInt8]) -> Bool {
    let digest = FixtureSignature.digest(of: image[...])
    guard let first = start?.image, first.count >= digest.count else { return false }
    return first.indices.dropLast(digest.count - 1).contains {
      first[$0] == digest[0] && first[$0...].starts(with: digest)
    }
  }

  private mutating func shutDown(_ payload: [UInt8]) {
    guard let shutdown = try? XFlashShutdown(parsing: payload.rawSpan) else { return refuse(.protocolError) }
    if !quirks.leavesWithoutStatus { say(.ok) }
    guard shutdown.reboots else { return leave(.off) }
    if shutdown.download { return leave(.download) }
    leave(shutdown.bootMode == .fastboot ? .fastboot : .restart)
  }
}
