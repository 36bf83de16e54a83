public import FlashCore
public import FlashImages
import WireFormat

/// A Qualcomm device that has been opened, and the chain of programs that speak there: boot ROM or crash-dump handler
/// (Sahara), then the programmer that Sahara starts (Firehose).
///
/// Nothing is asked before it is needed: opening only listens, and the programmer is started by the first operation that
/// needs one. One task uses a target at a time. Methods throw `SaharaError`, `FirehoseError`, or `UnsupportedOperation`.
public struct QualcommTarget: FlashTarget {
  /// What speaks on the device, as far as listening tells.
  public enum Stage: Equatable, Sendable {
    /// Sahara, with the HELLO that was heard.
    case sahara(SaharaHello)
    /// Sahara in the middle of something, or its error state.
    case saharaUnderWay
    /// A Firehose programmer.
    case programmer
    /// HDLC frames: streaming download or DIAG.
    case hdlc
    /// Nothing was heard: HELLO was lost, or a programmer waits in silence.
    case silent
  }

  public let identity: DeviceIdentity
  public let stage: Stage
  /// Where the next program in the chain is spoken to.
  public let endpoints: QualcommEndpoints
  /// The user's loaders, as they were written.
  public let loaders: [String]
  let driver: SaharaDriver

  let programmer: QualcommProgrammer

  public var protocolName: String {
    guard hasStorage else { return "Sahara" }
    return programmer.initialSettings.isValidated ? Self.validatedProtocolName : "Firehose"
  }
  /// What is spoken with a device that takes only what digest tables list.
  public static let validatedProtocolName = "Firehose with digest tables (VIP)"
  public var clock: any LinkClock { driver.clock }
  public var rebootModes: [RebootMode] { hasStorage ? [.system, .edl, .off] : [.system] }

  /// Whether there is, or can be, a programmer.
  var hasStorage: Bool {
    switch stage {
    case .sahara(let hello): hello.mode != .memoryDebug
    case .hdlc: false
    case .saharaUnderWay, .programmer, .silent: true
    }
  }

  public var capabilities: Set<Capability> {
    guard hasStorage else { return [.reboot] }
    // With digest tables a device takes what was foreseen, frame by frame: nothing can be asked of it.
    guard !programmer.initialSettings.isValidated else {
      return [.write, .erase, .patch, .zero, .configure, .makeBootable, .reboot]
    }
    var all: Set<Capability> = [
      .storage, .partitions, .read, .write, .writeRanges, .erase, .verify, .patch, .zero, .configure, .slots, .reboot,
    ]
    if programmer.abilities.has("setbootablestoragedrive") { all.insert(.makeBootable) }
    if programmer.abilities.has("getsha256digest") { all.insert(.digest) }
    return all
  }

  init(connecting connection: Connection, policy: SaharaPolicy) async throws(SaharaError) {
    var policy = policy
    if let timeout = connection.timeout { policy.replaceLimits(with: timeout) }
    if connection.padsLoaders { policy.padsImages = true }
    let channel: QualcommChannel
    do throws(SaharaError) { channel = try await QualcommChannel.open(connection.link) } catch {
      await Task { [link = connection.link] in await link.close() }.value
      throw error
    }
    driver = SaharaDriver(channel: channel, connection: connection, policy: policy)
    endpoints = channel.endpoints
    loaders = connection.loaders
    do throws(SaharaError) {
      // What records a plan says nothing by itself.
      let isRecording = FirehoseSettings(connection).isRecording
      stage = isRecording ? .programmer : Stage(try await driver.listen())
    } catch {
      await driver.close()
      throw error
    }
    programmer = QualcommProgrammer(sahara: driver, stage: stage, connection: connection)
    identity = QualcommIdentityFacts(connection.link.kind, stage: stage).identity
  }

  /// Asks in command mode for serial number, chip and key hash, and leaves the device as it was.
  ///
  /// A crashed device has no command mode, and a programmer is asked by its own protocol: for those it is what listening
  /// told.
  ///
  /// A programmer that runs, or that loaders were given for, adds what it knows of itself and of the storage.
  public func identify() async throws -> DeviceIdentity {
    var identity = try await information().identity
    let isProgrammer = identity.mode == QualcommIdentityFacts.programmerMode
    guard hasStorage, isProgrammer || !loaders.isEmpty else { return identity }
    let facts = try await programmerFacts()
    identity.facts += QualcommIdentityFacts.facts(facts)
    if identity.serialNumber == nil, let serial = facts.startup.chipSerialNumber {
      identity.serialNumber = QualcommIdentityFacts.hex(serial, digits: 8, prefix: "")
    }
    return identity
  }

  /// The same, with the answers as they came; `more` is asked after what every device is asked.
  public func information(
    asking more: [SaharaClientCommand] = []
  ) async throws(SaharaError) -> (identity: DeviceIdentity, answers: SaharaAnswers) {
    var facts = QualcommIdentityFacts(driver.linkKind, stage: stage)
    switch stage {
    case .sahara(let hello) where hello.mode == .memoryDebug: return (facts.identity, SaharaAnswers())
    case .programmer, .hdlc: return (facts.identity, SaharaAnswers())
    case .silent where facts.isCrashDump: return (facts.identity, SaharaAnswers())
    case .sahara, .saharaUnderWay, .silent: break
    }
    do throws(SaharaError) {
      let (answers, version) = try await driver.interrogate(more: more)
      facts.answers = answers
      facts.version = version ?? facts.version
      return (facts.identity, answers)
    } catch {
      guard error == .programmerRunning || error == .hdlc else { throw error }
      let stage: Stage = error == .hdlc ? .hdlc : .programmer
      return (QualcommIdentityFacts(driver.linkKind, stage: stage).identity, SaharaAnswers())
    }
  }

  /// Starts what is in the loaders: sends the images that the device asks for. `report` hears how far they are.
  public func load(
    _ loaders: LoaderSet, report: @escaping @Sendable (SaharaImageProgress) -> Void = { _ in }
  ) async throws(SaharaError) -> SaharaLoadReport {
    try await driver.load(SaharaImageSender(images: loaders.images, report: report))
  }

  /// The regions of memory that a crashed device offers.
  public func regions() async throws(SaharaError) -> SaharaRegionTable { try await driver.regions() }

  /// Reads a region of the table, handing its bytes on in order.
  public func read(
    _ region: SaharaRegion, width: SaharaWidth, into sink: @escaping @Sendable ([UInt8]) throws(ImageError) -> Void
  ) async throws(SaharaError) {
    try await driver.read(region, width: width, into: sink)
  }

  /// Leaves Sahara for DMSS download or streaming download.
  public func leave(by command: SaharaClientCommand) async throws(SaharaError) { try await driver.leave(by: command) }

  /// Brings a device back that reports nothing but errors. Returns the HELLO that it began anew with.
  public func recover() async throws(SaharaError) -> SaharaHello { try await driver.resetStateMachine() }

  /// Restarts the device; returns when it has acknowledged. A programmer that runs is asked; the boot ROM knows only the
  /// restart into the system.
  public func reboot(to mode: RebootMode) async throws {
    guard rebootModes.contains(mode) else { throw unsupported(.reboot, detail: mode.rawValue) }
    let isProgrammer = if case .programmer = stage { true } else { await programmer.isRunning }
    guard isProgrammer || mode != .system else { return try await rebootROM() }
    guard hasStorage else { return try await rebootROM() }
    let driver = try await programmer.driver()
    switch mode {
    case .off: try await driver.power("off")
    case .edl:
      do throws(FirehoseError) { try await driver.power("reset_to_edl") } catch {
        guard case .refused = error else { throw error }
        // Some know it by this name (`docs/protocols/firehose.md` 5).
        try await driver.power("edl")
      }
    default: try await driver.power("reset")
    }
  }

  private func rebootROM() async throws {
    if case .hdlc = stage { throw SaharaError.hdlc }
    do throws(SaharaError) { try await driver.reset() } catch {
      guard error == .programmerRunning else { throw error }
      try await programmer.driver().power("reset")
    }
  }

  /// Closes the link, also when the task is cancelled. The device stays in the state it is in.
  public func close() async { await driver.close() }
}

extension QualcommTarget.Stage {
  init(_ heard: SaharaDriver.Pending) {
    guard case .transfer(let transfer) = heard else {
      self = .silent
      return
    }
    switch try? SaharaPacket(parsing: transfer.rawSpan) {
    case .hello(let hello)?: self = .sahara(hello)
    case .some: self = .saharaUnderWay
    case nil where SaharaTransfer.isXML(transfer): self = .programmer
    case nil where transfer.first == 0x7E: self = .hdlc
    case nil: self = .saharaUnderWay
    }
  }
}
