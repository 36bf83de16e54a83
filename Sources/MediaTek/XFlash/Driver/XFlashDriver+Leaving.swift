import FlashCore
import USBWire
import WireFormat

/// Changing the speed of the bus, and leaving. Source: `docs/protocols/mtk-xflash.md` 10.
extension XFlashDriver {
  var canReopen: Bool { connection.provider.canReenumerate && !channel.endpoints.isStream }

  /// Brings a device that runs at full speed to high speed: it leaves the bus, comes back as another product at the same
  /// port, and goes on where it was.
  func switchSpeedIfSlow() async throws(XFlashError) {
    guard canReopen, !connection.mediaTek.keepsUSBSpeed,
      text(try await getIfKnown(.getUSBSpeed)) == XFlashUSBSpeed.full.rawValue
    else { return }
    do throws(XFlashError) { try await run(XFlashExchange.switchSpeed(policy)) } catch {
      guard error.meansMissing else { throw error }
      notice("xflash.speed-stays")
      return
    }
    notice("xflash.speed-switch")
    try await reopen()
  }

  private func reopen() async throws(XFlashError) {
    let name = XFlashCommand.switchUSBSpeed.name
    let old = channel.link
    let provider = connection.provider
    await Task { await old.close() }.value
    observer(.waiting(for: .comeback(of: provider.name)))
    let link: any Link
    do throws(OpenError) {
      _ = try await provider.awaitReturn(within: policy.comebackLimit) { $0.vendorID != 0 }
      link = try await provider.open(waitLimit: policy.comebackLimit)
    } catch {
      throw error == .cancelled ? .cancelled : .notBack(error, during: name)
    }
    do throws(BootROMError) { adopt(try await MediaTekChannel.open(link)) } catch {
      await Task { await link.close() }.value
      switch error {
      case .transfer(let failure, _): throw XFlashError(failure, during: name)
      case .cancelled: throw .cancelled
      default: throw .transfer(.unsupported(feature: "bulk endpoints"), during: name)
      }
    }
  }

  /// Leaves. A device that has gone before it could say so has done what it was told.
  func shutDown(_ shutdown: XFlashShutdown) async throws(XFlashError) {
    let outcome = try await finish(XFlashExchange.shutDown(shutdown, policy))
    guard let error = outcome.error else { return }
    guard outcome.session.isBeforeLastStep else { throw error }
    switch error {
    case .transfer(.disconnected, _), .silence: notice("xflash.shutdown-reply-lost")
    default: throw error
    }
  }

  func reboot(to mode: RebootMode) async throws(XFlashError) {
    switch mode {
    case .off: try await shutDown(.powerOff)
    case .fastboot: try await shutDown(.reboot(.fastboot))
    case .edl: try await shutDown(.reboot(download: true))
    case .meta:
      try await set(.setMetaBootMode, XFlashMetaMode().bytes)
      try await shutDown(.reboot())
    case .system, .update: try await shutDown(.reboot())
    }
  }
}
