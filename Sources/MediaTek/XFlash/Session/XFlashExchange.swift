import WireFormat

/// A command without image data: frames out, statuses and answers in, in an order that is known before.
///
/// ```swift
/// let exchange = XFlashExchange.get(.getChipID, policy)
/// let chip = try XFlashChipID(parsing: try await driver.run(exchange).answer.rawSpan)
/// ```
public struct XFlashExchange: XFlashSession, Equatable {
  public enum Step: Equatable, Sendable {
    case send([UInt8])
    /// A status, one of these.
    case status([XFlashStatus], limit: Duration)
    /// An answer, which is kept.
    case answer(limit: Duration)
  }

  public let name: String
  private let steps: [Step]
  private var position = 0
  /// What the device answered last, behind statuses.
  public private(set) var answer: [UInt8] = []
  /// How many steps have been done: tells where a device fell silent.
  public var completedStepCount: Int { position }

  public init(_ name: String, _ steps: [Step]) {
    self.name = name
    self.steps = steps
  }

  private var action: XFlashAction {
    guard position < steps.count else { return .finish }
    switch steps[position] {
    case .send(let payload): return .send(payload)
    case .status(_, let limit), .answer(let limit): return .receive(limit: limit)
    }
  }

  public mutating func start() -> XFlashAction { action }

  public mutating func sent() -> XFlashAction {
    position += 1
    return action
  }

  public mutating func receive(_ payload: [UInt8]) throws(XFlashError) -> XFlashAction {
    guard position < steps.count else { return .finish }
    switch steps[position] {
    case .send: return action
    case .status(let accepted, _): _ = try status(payload, accepting: accepted)
    case .answer: answer = payload
    }
    position += 1
    return action
  }
}

extension XFlashExchange {
  /// A command, its parameters and their status.
  static func command(
    _ command: XFlashCommand, _ parameters: [[UInt8]] = [], limit: Duration? = nil, _ policy: XFlashPolicy
  ) -> XFlashExchange {
    var steps: [Step] = [.send(.word(command.rawValue)), .status([.ok], limit: policy.statusLimit)]
    if !parameters.isEmpty {
      steps += parameters.map { .send($0) } + [.status([.ok], limit: limit ?? policy.statusLimit)]
    }
    return XFlashExchange(command.name, steps)
  }

  /// The beginning that all controls share. `isOpen`: DEVICE_CTRL has been sent and answered already.
  private static func control(_ control: XFlashControl, _ policy: XFlashPolicy, isOpen: Bool = false) -> [Step] {
    let opening: [Step] = [
      .send(.word(XFlashCommand.deviceControl.rawValue)), .status([.ok], limit: policy.statusLimit),
    ]
    return (isOpen ? [] : opening) + [
      .send(.word(control.rawValue)), .status([.ok], limit: policy.statusLimit),
    ]
  }

  public static func get(_ control: XFlashControl, _ policy: XFlashPolicy, isOpen: Bool = false) -> XFlashExchange {
    XFlashExchange(
      control.name,
      self.control(control, policy, isOpen: isOpen) + [
        .answer(limit: policy.statusLimit), .status([.ok], limit: policy.statusLimit),
      ])
  }

  public static func set(
    _ control: XFlashControl, _ parameters: [[UInt8]], _ policy: XFlashPolicy
  ) -> XFlashExchange {
    XFlashExchange(
      control.name,
      self.control(control, policy) + parameters.map { .send($0) } + [.status([.ok], limit: policy.statusLimit)])
  }

  public static func act(_ control: XFlashControl, _ policy: XFlashPolicy) -> XFlashExchange {
    XFlashExchange(control.name, self.control(control, policy) + [.status([.ok], limit: policy.statusLimit)])
  }

  /// READ_REGISTER: an address, a status, a value, a status.
  public static func register(_ address: UInt32, _ policy: XFlashPolicy) -> XFlashExchange {
    let control = XFlashControl.readRegister
    return XFlashExchange(
      control.name,
      self.control(control, policy) + [
        .send(.word(address)), .status([.ok], limit: policy.statusLimit), .answer(limit: policy.statusLimit),
        .status([.ok], limit: policy.statusLimit),
      ])
  }

  // MARK: Starting (5)

  /// What a first stage is told before it takes commands; ends with its "SYNC".
  public static func setUp(_ environment: XFlashEnvironment, _ policy: XFlashPolicy) -> XFlashExchange {
    XFlashExchange(
      XFlashCommand.setUpEnvironment.name,
      [
        .send(.word(XFlashCommand.synchronise.rawValue)), .send(.word(XFlashCommand.setUpEnvironment.rawValue)),
        .send(environment.bytes), .status([.ok], limit: policy.statusLimit),
        .send(.word(XFlashCommand.setUpHardware.rawValue)), .send(.word(0)),
        .status([.ok], limit: policy.statusLimit), .status([.synchronised], limit: policy.synchronisedLimit),
      ])
  }

  /// The settings of memory: their length, then they themselves, then one status.
  public static func setUpMemory(_ settings: [UInt8], _ policy: XFlashPolicy) -> XFlashExchange {
    .command(
      .initialiseExternalRAM, [.word(UInt32(clamping: settings.count)), settings], limit: policy.memoryLimit, policy)
  }

  /// The second stage, and its sign of life.
  public static func boot(_ image: [UInt8], at address: UInt64, _ policy: XFlashPolicy) -> XFlashExchange {
    let command = XFlashExchange.command(
      .bootTo, [XFlashBootTarget(address: address, byteCount: UInt64(image.count)).bytes, image],
      limit: policy.writeLimit, policy)
    return XFlashExchange(
      command.name, command.steps + [.status([.synchronised, .ok], limit: policy.secondStageLimit)])
  }

  /// Whether all but the last step is done.
  public var isBeforeLastStep: Bool { position == steps.count - 1 }

  // MARK: Leaving (10)

  public static func shutDown(_ shutdown: XFlashShutdown, _ policy: XFlashPolicy) -> XFlashExchange {
    .command(.shutdown, [shutdown.bytes], policy)
  }

  /// The id that one host sends is the one that the device comes back with.
  public static func switchSpeed(_ policy: XFlashPolicy) -> XFlashExchange {
    .command(.switchUSBSpeed, [.word(0x0E8D_2001)], policy)
  }

  /// The eFuses' content, in a layout that nobody has described.
  public static func readFuses(_ policy: XFlashPolicy) -> XFlashExchange {
    let command = XFlashExchange.command(.readEFuse, [[UInt8](repeating: 0, count: 0xF8)], policy)
    return XFlashExchange(
      command.name,
      command.steps + [
        .answer(limit: policy.dataLimit), .send(.word(0)), .status([.ok], limit: policy.statusLimit),
      ])
  }
}
