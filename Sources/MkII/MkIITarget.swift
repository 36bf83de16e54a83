public import FlashCore

/// A device that speaks Mk II, after the start of its session.
///
/// It can be flashed and rebooted; reading back, partitions, erasing and verifying do not exist in this protocol.
/// One task uses a target at a time. Every method throws `MkIIError`, or `UnsupportedOperation`.
public struct MkIITarget: FlashTarget {
  public let identity: DeviceIdentity
  /// What the device told at the start.
  public let answers: MkIIAnswers
  public let mode: MkIIMode
  let driver: MkIIDriver

  public var protocolName: String { "Mk II" }
  public var clock: any LinkClock { driver.clock }
  public var rebootModes: [RebootMode] { [.system, .update] }
  public var capabilities: Set<Capability> { [.write, .reboot] }

  init(connecting connection: Connection, policy: MkIIPolicy) async throws(MkIIError) {
    var policy = policy
    if let timeout = connection.timeout { policy.replaceLimits(with: timeout) }
    let channel: MkIIChannel
    do throws(MkIIError) { channel = try await MkIIChannel.open(connection.link) } catch {
      await Task { [link = connection.link] in await link.close() }.value
      throw error
    }
    driver = MkIIDriver(channel: channel, policy: policy, observer: connection.observer)
    do throws(MkIIError) {
      answers = try await driver.begin()
      try Self.check(answers, against: connection.link.kind)
    } catch {
      await driver.close()
      throw error
    }
    mode = Self.mode(of: connection.link.kind)
    identity = Self.identity(answers, link: connection.link, mode: mode, raw: channel.rawDescription)
  }

  /// The product string and the product code must not name two models (section 6).
  private static func check(_ answers: MkIIAnswers, against kind: LinkKind) throws(MkIIError) {
    guard case .usb(let device) = kind, let product = device.product, !answers.productCode.isEmpty,
      let code = MkIIModel.code(inProduct: product), code != answers.productCode
    else { return }
    throw .modelMismatch(usbProduct: product, productCode: answers.productCode)
  }

  private static func mode(of kind: LinkKind) -> MkIIMode {
    guard case .usb(let device) = kind else { return .tcp }
    return MkIIMode(configurationName: device.configurationName)
  }

  private static func identity(
    _ answers: MkIIAnswers, link: any Link, mode: MkIIMode, raw: String
  ) -> DeviceIdentity {
    func text(_ value: String?) -> DeviceIdentity.Fact.Value { (value ?? "").isEmpty ? .unknown : .text(value ?? "") }
    var serialNumber: String?
    if case .usb(let device) = link.kind, device.serialNumber?.isEmpty == false { serialNumber = device.serialNumber }
    return DeviceIdentity(
      family: MkIIFamily.name,
      model: answers.productCode.isEmpty ? nil : answers.productCode,
      hardwareRevision: answers.hardwareBuild.isEmpty ? nil : answers.hardwareBuild,
      mode: mode.rawValue,
      serialNumber: serialNumber,
      facts: [
        .init(MkIIFact.productCode, text(answers.productCode)),
        .init(MkIIFact.hardwareRevision, text(answers.hardwareBuild)),
        .init(MkIIFact.mode, .text(mode.rawValue)),
        .init(MkIIFact.protocolVersion, .text(answers.protocolVersion)),
        .init(MkIIFact.supportedImages, .list(answers.supportedImages)),
        .init(MkIIFact.softwareRelease, text(answers.softwareRelease)),
        .init(MkIIFact.rawEndpoint, .text(raw)),
      ])
  }

  /// Asks for a restart, into the system or into update mode, and returns when the device has acknowledged.
  ///
  /// A reply that is lost because the device has left already counts as acknowledged (section 8).
  public func reboot(to mode: RebootMode) async throws {
    let command: String
    switch mode {
    case .system: command = "reboot"
    case .update: command = "reboot=update"
    case .edl, .fastboot, .meta, .off: throw unsupported(.reboot, detail: mode.rawValue)
    }
    try await driver.reboot(command)
  }

  /// Selects alternate setting 0, which aborts an unfinished image, and closes the link; also when the task is cancelled.
  public func close() async { await driver.close() }
}

/// The names of the facts in a Mk II device's identity, in the order in which they are shown.
public enum MkIIFact {
  public static let productCode = "product code"
  public static let hardwareRevision = "hardware revision"
  public static let mode = "mode"
  public static let protocolVersion = "protocol version"
  public static let supportedImages = "supported images"
  public static let softwareRelease = "software release"
  public static let rawEndpoint = "raw endpoint"
}
