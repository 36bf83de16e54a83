import FlashImages

extension BootROMDriver {
  /// Gives the chip the user's files that its security demands, once: authentication file, certificate, response to the
  /// challenge of the link, in this order (9).
  ///
  /// Throws `missingMaterial` before anything is sent when one is demanded and not there. A preloader checks agents by
  /// itself and knows none of this.
  func authenticate() async throws(BootROMError) {
    let found = try await identify()
    guard !hasAuthenticated, found.actor.isBootROM else { return }
    let demands = found.targetConfig ?? []
    let options = connection.mediaTek
    try checkMaterial(for: demands, options)
    if let path = options.authentication, demands.contains(.agentAuthentication) {
      try await give(path, as: .authentication)
    }
    if let path = options.certificate, demands.contains(.rootCertificate) { try await give(path, as: .certificate) }
    if demands.contains(.linkAuthentication) { try await authenticateLink() }
    hasAuthenticated = true
  }

  private func checkMaterial(
    for demands: BootROMTargetConfig, _ options: MediaTekOptions
  ) throws(BootROMError) {
    var missing: [BootROMMaterial] = []
    if demands.contains(.agentAuthentication), options.authentication == nil { missing.append(.authentication) }
    if demands.contains(.rootCertificate), options.certificate == nil { missing.append(.certificate) }
    if demands.contains(.linkAuthentication), options.signer == nil { missing.append(.signer) }
    guard missing.isEmpty else { throw .missingMaterial(missing) }
  }

  /// Sends a file as it is. What is odd about it is said; the device decides.
  func give(_ path: String, as material: BootROMMaterial) async throws(BootROMError) {
    let bytes = try Self.content(of: path)
    let isRight: Bool =
      switch GFHChain(bytes)?.purpose {
      case .authentication: material == .authentication
      case .certificate: material == .certificate
      default: false
      }
    if !isRight { notice("brom.odd-file", ["file": path, "option": material.rawValue]) }
    let exchange: BootROMExchange =
      material == .certificate ? .sendCertificate(bytes, policy) : .sendAuthentication(bytes, policy)
    do throws(BootROMError) {
      let answers = try await perform(exchange)
      if answers.statuses.last == .noAuthenticationNeeded { notice("brom.no-authentication-needed", ["file": path]) }
    } catch {
      guard case .refused(let status, let name) = error else { throw error }
      throw .signatureRefused(status, during: name, by: .bootROM)
    }
  }

  /// The challenge goes to the user's signer, whose response goes to the device (9.3).
  func authenticateLink() async throws(BootROMError) {
    guard let signer = connection.mediaTek.signer else { throw .missingMaterial([.signer]) }
    let challenge = try await perform(.linkChallenge(policy))
    guard challenge.statuses.last != .alreadyAuthenticated else { return notice("brom.already-authenticated") }
    let response = try await signer.sign(challenge.block)
    guard (1...Self.responseByteLimit).contains(response.count) else {
      throw .signer(.badAnswer(byteCount: response.count))
    }
    do throws(BootROMError) { _ = try await perform(.linkResponse(response, policy)) } catch {
      guard case .refused(let status, let name) = error else { throw error }
      throw .signatureRefused(status, during: name, by: .bootROM)
    }
    // The one host that does this reads the last status as four bytes.
    await forgetRest()
  }

  /// Longer than any signature.
  private static let responseByteLimit = 4096

  /// Reads two more bytes away, if they come; behind the first, the second is due.
  private func forgetRest() async {
    var missing = 2
    var limit = policy.quietLimit
    while missing > 0, let bytes = try? await channel.readSome(atMost: missing, limit: limit), !bytes.isEmpty {
      missing -= bytes.count
      limit = policy.commandLimit
    }
  }

  /// A small file of the user's.
  static func content(of path: String, limit: UInt64 = 64 << 20) throws(BootROMError) -> [UInt8] {
    do throws(ImageError) {
      let file = try RegularFile(path: path)
      let length = try file.length()
      guard length <= limit else { throw .tooLarge(path: path, byteCount: length) }
      guard length > 0 else { throw .malformed(path: path, offset: 0, reason: "empty") }
      return try file.bytes(at: 0, count: Int(length))
    } catch { throw .file(error) }
  }
}
