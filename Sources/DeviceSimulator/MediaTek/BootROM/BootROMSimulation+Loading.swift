import Digests
import FlashImages
import MediaTek
import WireFormat

/// Taking agents, images and files, and starting them: `docs/protocols/mtk-brom.md` 8.5 to 8.8, and 9.
extension BootROMSimulation {
  mutating func runLoading(_ opcode: BootROMOpcode, _ parameters: Parameters) {
    let (first, second) = (parameters.number(0), parameters.number(1))
    switch opcode {
    case .sendDA: announceAgent(at: first, byteCount: second, signatureByteCount: parameters.number(2))
    case .sendAuthentication: announceFile(.authentication, byteCount: first)
    case .sendCertificate: announceFile(.certificate, byteCount: first)
    case .sendEnvironment:
      put(status: .ok)
      take(.environment, byteCount: UInt64(second))
    case .sendImage:
      put(status: .ok)
      take(.image(Self.name(parameters.fields.first)), byteCount: UInt64(second))
    case .bootImage:
      let isKnown = images[Self.name(parameters.fields.first)] != nil
      put(number: isKnown ? 0 : 1 as UInt16)
      if isKnown { finish(with: .boots) }
    case .jumpDA:
      guard checkJump(to: first) else { return }
      put(status: .ok)
      jump(to: first)
    case .jumpDA64:
      guard checkJump(to: first) else { return }
      put(status: .ok)
      state = .parameters(Parameters(purpose: .jump64(first), widths: [1]))
    default: break
    }
  }

  private static func name(_ field: [UInt8]?) -> String {
    String(decoding: (field ?? []).prefix { $0 != 0 }, as: UTF8.self)
  }

  /// More than any image that is sent this way; a host that announces more is refused.
  private static let byteLimit: UInt64 = 256 << 20

  /// So many bytes are data from here on. No memory is taken before they come.
  mutating func take(_ kind: Receiving.Kind, byteCount: UInt64) {
    let job = Receiving(kind: kind, byteCount: Int(min(byteCount, Self.byteLimit)))
    guard job.byteCount > 0 else { return finish(job) }
    state = .data(job)
  }

  // MARK: Agents

  private mutating func announceAgent(at address: UInt32, byteCount: UInt32, signatureByteCount: UInt32) {
    let job = Receiving(
      kind: .agent(address: address, signatureByteCount: Int(signatureByteCount)), byteCount: Int(byteCount))
    if let problem = agentProblem(at: address, byteCount: byteCount, signatureByteCount: signatureByteCount) {
      if problem == .linkAuthenticationRequired, settings.resumesAfterSLA { pendingAgent = job }
      return put(status: problem)
    }
    put(status: .ok)
    state = .data(job)
  }

  private func agentProblem(at address: UInt32, byteCount: UInt32, signatureByteCount: UInt32) -> BootROMStatus? {
    if byteCount == 0 { return .lengthIsZero }
    if UInt64(byteCount) > Self.byteLimit { return settings.isPreloader ? .init(rawValue: 0x7004) : .invalidLength }
    if signatureByteCount > byteCount { return .signatureTooLong }
    guard !settings.isPreloader else { return nil }
    if address % 2 != 0 { return .unalignedBlock }
    if address >= 0x8000_0000 { return BootROMStatus(rawValue: 0x1D00) }
    if address >= 0x4000_0000 { return BootROMStatus(rawValue: 0x1D01) }
    let config = settings.targetConfig
    if demandsLinkAuthentication, !isLinkAuthenticated { return .linkAuthenticationRequired }
    if config.contains(.agentAuthentication), signatureByteCount == 0 { return .signatureMissing }
    return nil
  }

  mutating func finish(_ job: Receiving) {
    state = .command
    switch job.kind {
    case .block(let address): store(block: job.content, at: address)
    case .image(let name):
      images[name] = job.content
      var parameters = Parameters(purpose: .imageChecksum, widths: [4])
      parameters.isEchoed = false
      state = .parameters(parameters)
    case .response: judge(response: job.content)
    case .agent(let address, let signatureByteCount):
      putChecksum(of: job.content)
      judge(job.content, at: address, signatureByteCount: signatureByteCount)
    case .authentication:
      putChecksum(of: job.content)
      hasAuthenticationFile = isRight(job.content, for: .authentication)
      put(status: hasAuthenticationFile ? .ok : .authenticationFailed)
    case .certificate:
      putChecksum(of: job.content)
      put(status: isRight(job.content, for: .certificate) ? .ok : BootROMStatus(rawValue: 0x9000))
    case .environment:
      putChecksum(of: job.content)
      put(status: .ok)
      // What the program says that was sent.
      put([UInt8](repeating: 0, count: 6))
    }
  }

  /// A device that takes any agent takes any file as well.
  private func isRight(_ file: [UInt8], for purpose: GFHChain.Purpose) -> Bool {
    settings.accepted == .any || GFHChain(file)?.purpose == purpose
  }

  private mutating func putChecksum(of content: [UInt8]) {
    let checksum = BootROMSimulation.checksum(content)
    put(number: quirks.corruptsChecksum ? checksum ^ 0x5A5A : checksum)
  }

  /// XOR of little-endian halfwords; an odd last byte is a low one (8.5).
  private static func checksum(_ content: [UInt8]) -> UInt16 {
    var checksum: UInt16 = 0
    for (index, byte) in content.enumerated() {
      checksum ^= index % 2 == 0 ? UInt16(byte) : UInt16(byte) << 8
    }
    return checksum
  }

  /// A boot ROM stays where it is after a bad signature; a preloader wipes the image and starts anew.
  private mutating func judge(_ image: [UInt8], at address: UInt32, signatureByteCount: Int) {
    let config = settings.targetConfig
    let isAuthentic =
      !config.contains(.agentAuthentication) || settings.isPreloader || hasAuthenticationFile
      || quirks.needsNoAuthentication
    let accepted = quirks.demandsSignature ? .signed : settings.accepted
    guard isAuthentic, accepted.lets(in: image, signatureByteCount: signatureByteCount) else {
      agent = nil
      put(status: .signatureFailed)
      if settings.isPreloader { finish(with: .restart) }
      return
    }
    put(status: .ok)
    agent = (address, image, signatureByteCount)
  }

  // MARK: Starting

  /// Whether there is something at the address; says so where there is not.
  private mutating func checkJump(to address: UInt32) -> Bool {
    guard let agent else {
      put(status: settings.isPreloader ? .signatureFailedOld : .noDALoaded)
      if settings.isPreloader { finish(with: .restart) }
      return false
    }
    // A preloader has put it elsewhere, and goes there whatever the host says.
    guard settings.isPreloader || agent.address == address else {
      put(status: .invalidJump)
      return false
    }
    return true
  }

  mutating func jump(to address: UInt32) {
    finish(
      with: .jumped(
        address: settings.isPreloader ? UInt32(truncatingIfNeeded: settings.agentArea.value) : address,
        image: agent?.image ?? [], signatureByteCount: agent?.signatureByteCount ?? 0))
  }

  private mutating func store(block: [UInt8], at address: UInt32) {
    // The halfwords come most significant byte first.
    for place in stride(from: 0, to: block.count - 1, by: 2) {
      memory.store(byte: block[place + 1], at: address &+ UInt32(place))
      memory.store(byte: block[place], at: address &+ UInt32(place + 1))
    }
  }

  // MARK: Authentication

  private var demandsLinkAuthentication: Bool {
    settings.targetConfig.contains(.linkAuthentication) || quirks.demandsLinkAuthentication
  }

  private mutating func announceFile(_ kind: Receiving.Kind, byteCount: UInt32) {
    let config = settings.targetConfig
    let isWanted = kind == .certificate ? config.contains(.rootCertificate) : config.contains(.agentAuthentication)
    guard isWanted, !quirks.needsNoAuthentication else { return put(status: .noAuthenticationNeeded) }
    guard byteCount > 0 else { return put(status: .lengthIsZero) }
    guard UInt64(byteCount) <= Self.byteLimit else { return put(status: .invalidLength) }
    put(status: .ok)
    take(kind, byteCount: UInt64(byteCount))
  }

  /// What the response has to be made of.
  static let challengeBytes = [UInt8](0..<16)

  mutating func challenge() {
    guard demandsLinkAuthentication, !isLinkAuthenticated else {
      return put(status: .alreadyAuthenticated)
    }
    put(status: .ok)
    put(block: Self.challengeBytes)
    var parameters = Parameters(purpose: .responseLength, widths: [4])
    parameters.isEchoed = false
    state = .parameters(parameters)
  }

  /// The length comes little-endian, and goes back big-endian (9.3).
  mutating func takeResponse(_ parameters: Parameters) {
    let count = parameters.number(0).byteSwapped
    put(number: count)
    guard (1...4096).contains(count) else { return put(status: BootROMStatus(rawValue: 0x8000)) }
    put(status: .ok)
    take(.response, byteCount: UInt64(count))
  }

  /// The verdict has four bytes, as the one host expects that does this.
  private mutating func judge(response: [UInt8]) {
    let isRight =
      settings.accepted == .any || response.starts(with: FixtureSignature.response(to: Self.challengeBytes))
    put(number: isRight ? 0 : UInt32(BootROMStatus.signatureFailedDAA.rawValue) << 16)
    guard isRight else { return }
    isLinkAuthenticated = true
    guard let job = pendingAgent else { return }
    pendingAgent = nil
    state = .data(job)
  }
}
