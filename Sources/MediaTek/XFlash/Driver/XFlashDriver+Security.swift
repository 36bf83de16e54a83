import FlashCore
import WireFormat

/// What some agents want signed before they touch the storage. Source: `docs/protocols/mtk-xflash.md` 11.
extension XFlashDriver {
  /// Has the agent's challenge signed, where it demands that. Old agents do not know the question, and demand nothing.
  ///
  /// An agent that ran before may have been unlocked by an earlier session, which it does not tell: without a signer it is
  /// taken as it is, and refuses by itself.
  func authenticate(isAttached: Bool) async throws(XFlashError) {
    guard try await demandsSignature() else { return }
    guard let signer = connection.mediaTek.signer else {
      guard isAttached else { throw .signatureMissing }
      return
    }
    // Asked first: some agents make the challenge then.
    let challenge = try await get(.getFirmwareInfo)
    _ = try parse(challenge, of: .getFirmwareInfo) { bytes throws(WireError) in
      try XFlashFirmwareInfo(parsing: bytes)
    }
    notice("xflash.signing", ["bytes": "\(challenge.count)"])
    let signature: [UInt8]
    do throws(BootROMError) { signature = try await signer.sign(challenge) } catch { throw .signer(error) }
    guard !signature.isEmpty else { throw .signer(.signer(.badAnswer(byteCount: 0))) }
    do throws(XFlashError) { try await set(.setRemoteSecurityPolicy, signature) } catch {
      guard case .refused(let status, XFlashControl.setRemoteSecurityPolicy.name, _) = error else { throw error }
      throw .signatureRefused(status)
    }
  }

  func demandsSignature() async throws(XFlashError) -> Bool {
    guard let answer = try await getIfKnown(.getSLAStatus) else { return false }
    let status = try parse(answer, of: .getSLAStatus) { bytes throws(WireError) in
      try bytes.load(littleEndian: UInt32.self, at: 0)
    }
    return status != 0
  }
}
