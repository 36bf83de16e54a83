import FlashCore
import FlashImages

/// Restarts, modes and speeds. Source: `docs/protocols/mtk-xml.md` 7.1, 12.
extension XMLAgentDriver {
  /// Where the next restart leads to.
  func setBootMode(_ mode: XMLAgentCommand.BootMode) async throws(XMLAgentError) {
    try await perform(.setBootMode(mode, hasMobileLog: mode == .meta))
  }

  /// Returns when the device has acknowledged, or has left.
  func reboot(_ action: XMLAgentCommand.RebootAction) async throws(XMLAgentError) {
    try await run(XMLCommandSession(.reboot(action), ending: .leaving, policy: policy))
  }

  /// Has the agent leave the bus and come back at high speed; goes on with it under its new link.
  func switchSpeed() async throws(XMLAgentError) {
    try await run(XMLCommandSession(.switchHigherUSBSpeed, ending: .leaving, policy: policy))
    let provider = connection.provider
    await close()
    let link: any Link
    do throws(OpenError) {
      observer(.waiting(for: .comeback(of: provider.name)))
      _ = try await provider.awaitReturn(within: policy.returnLimit) { MediaTekFamily().recognise($0) != nil }
      link = try await provider.open(waitLimit: policy.returnLimit)
    } catch { throw error == .cancelled ? .cancelled : .notBack(error) }
    do throws(BootROMError) { replace(channel: try await MediaTekChannel.open(link)) } catch {
      await link.close()
      throw .reopening(error)
    }
    _ = try await synchronise()
  }
}
