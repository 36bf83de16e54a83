public import FlashCore
public import FlashImages
import WireFormat

/// A Qualcomm device that has been opened, and the chain of programs that speak there: boot ROM or crash-dump handler
/// (Sahara), then what Sahara starts.
///
/// Nothing is asked before it is needed: opening only listens. One task uses a target at a time. Every method throws
/// `SaharaError`, or `UnsupportedOperation`.
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

  public var protocolName: String { "Sahara" }
  public var clock: any LinkClock { driver.clock }
  public var rebootModes: [RebootMode] { [.system] }

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
    do throws(SaharaError) { stage = Stage(try await driver.listen()) } catch {
      await driver.close()
      throw error
    }
    identity = QualcommIdentityFacts(connection.link.kind, stage: stage).identity
  }

  /// Asks in command mode for serial number, chip and key hash, and leaves the device as it was.
  ///
  /// A crashed device has no command mode, and a programmer is asked by its own protocol: for those it is what listening
  /// told.
  public func identify() async throws -> DeviceIdentity { try await information().identity }

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

  /// Restarts the device; returns when it has acknowledged.
  public func reboot(to mode: RebootMode) async throws {
    guard rebootModes.contains(mode) else { throw unsupported(.reboot, detail: mode.rawValue) }
    switch stage {
    case .programmer: throw SaharaError.programmerRunning
    case .hdlc: throw SaharaError.hdlc
    case .sahara, .saharaUnderWay, .silent: try await driver.reset()
    }
  }

  /// Sahara writes nothing to storage.
  public func validate(_ plan: FlashPlan) async throws {
    for case .write in plan.steps { throw unsupported(.write) }
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
