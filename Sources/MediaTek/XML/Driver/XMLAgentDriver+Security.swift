import FlashCore
import FlashImages

/// The signature that agents of locked devices want. Source: `docs/protocols/mtk-xml.md` 11.
extension XMLAgentDriver {
  /// Longer than any signature.
  private static let signatureByteLimit = 64 << 10

  /// Whether the agent wants a signature: `nil` where it does not tell.
  func wantsSignature() async throws(XMLAgentError) -> Bool? {
    do throws(XMLAgentError) {
      let bytes = try await document(.getSystemProperty("DA.SLA"), isRequired: false) ?? []
      return XMLAgentProperties.value(of: "DA.SLA", in: bytes).map { $0.uppercased() == "ENABLED" }
    } catch {
      switch error {
      case .unsupported, .refused: return nil
      default: throw error
      }
    }
  }

  /// Has the user's signer sign the challenge, where the agent wants that.
  ///
  /// Without a signer a first stage goes no further; a second one still answers questions.
  /// One that is attached to may have been unlocked by whoever was here before: it refuses by itself where it was not.
  func authenticate(isFirstStage: Bool, isAttached: Bool = false) async throws(XMLAgentError) {
    let wanted = try await wantsSignature()
    if wanted == false, !isFirstStage { lock = .open }
    guard let signer = connection.mediaTek.signer else {
      guard wanted == true else { return }
      guard !isFirstStage else { throw .signatureRequired }
      guard !isAttached else { return }
      lock = .locked
      return notice("xml.signature-required")
    }
    guard wanted == true || wanted == nil && !isFirstStage else { return }
    do throws(XMLAgentError) { try await unlock(by: signer) } catch {
      // One that does not say what it wants may want nothing.
      guard wanted == nil, error.leavesDeviceListening else { throw error }
      return
    }
    if !isFirstStage { lock = .open }
  }

  private func unlock(by signer: any ChallengeSigner) async throws(XMLAgentError) {
    let challenge = try await challenge()
    let signature: [UInt8]
    do throws(BootROMError) { signature = try await signer.sign(challenge) } catch { throw .signer(error) }
    guard (1...Self.signatureByteLimit).contains(signature.count) else {
      throw .signer(.signer(.badAnswer(byteCount: signature.count)))
    }
    try await perform(
      .setFlashPolicy(from: XMLAgentCommand.memory(UInt64(signature.count))), sending: signature)
  }

  /// The document that is signed; empty of agents that have none and take a signature all the same.
  private func challenge() async throws(XMLAgentError) -> [UInt8] {
    let bytes: [UInt8]?
    do throws(XMLAgentError) { bytes = try await document(.getFirmwareInfo) } catch {
      guard case .unsupported = error else { throw error }
      notice("xml.no-challenge")
      return []
    }
    guard let challenge = XMLAgentChallenge(parsing: bytes ?? []) else {
      throw .violation(.wrongDocument("sla"), during: XMLAgentCommand.getFirmwareInfo.name)
    }
    return challenge.document
  }

  /// Refuses what a locked agent would, with what is missing.
  func requireOpen() throws(XMLAgentError) {
    if lock == .locked { throw .signatureRequired }
  }

  /// What a refusal means where it is not known whether somebody has unlocked the agent.
  func explained(_ error: XMLAgentError) -> XMLAgentError {
    if case .refused(let refusal, _) = error, refusal.reason == .notAuthenticated, lock != .open,
      connection.mediaTek.signer == nil
    {
      return .signatureRequired
    }
    return error
  }
}
