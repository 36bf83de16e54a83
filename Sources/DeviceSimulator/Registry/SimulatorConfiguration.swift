public import FlashCore

/// Which device to simulate, and how: everything a user can say about it, checked.
public struct SimulatorConfiguration: Equatable, Sendable {
  public struct Setting: Equatable, Sendable {
    public var key: String
    public var value: String
  }

  /// The clock an in-process device runs on.
  public enum Clock: String, KnobValue, CaseIterable {
    /// The machine's.
    case real
    /// Waits end at once and time jumps: `VirtualLinkClock`.
    case virtual
  }

  public let model: String
  /// The folder that keeps what is flashed; without one nothing is kept.
  public let storage: String?
  /// The device's iSerial; `nil` leaves the model's own.
  public let serialNumber: String?
  /// `NAME` or `NAME:ARGUMENT`.
  public let quirks: [String]
  /// The model's knobs, in order: a later value for the same knob wins.
  public let settings: [Setting]
  public let faults: [String]
  public var clock: Clock { common.clock }
  /// The values of the knobs that every model has.
  let common: CommonSettings

  /// The knobs that every model has.
  static let commonKnobs = CommonSettings.knobs.map(\.knob)

  /// Checks everything but the storage folder, which is looked at when the device is made.
  public init(
    model name: String, storage: String? = nil, serialNumber: String? = nil, quirks: [String] = [],
    settings: [(key: String, value: String)] = [], faults: [String] = []
  ) throws(SimulatorError) {
    let model = try SimulatorRegistry.model(named: name)
    var common = CommonSettings()
    var own: [Setting] = []
    for (key, value) in settings {
      guard let binding = CommonSettings.knobs.first(where: { $0.knob.name == key }) else {
        own.append(Setting(key: key, value: value))
        continue
      }
      guard binding.apply(&common, value) else {
        throw .badValue(knob: key, value: value, allowed: binding.knob.allowed)
      }
    }
    self.model = model.name
    self.storage = storage
    self.serialNumber = serialNumber
    self.quirks = quirks
    self.settings = own
    self.faults = faults
    self.common = common
    for fault in faults { _ = try Fault(parsing: fault) }
    try model.check(self)
  }

  /// From the options of a selector: `storage`, `quirk`, `fault`, `serial-number`, or a knob's name.
  public init(model: String, options: [DeviceSelector.SimulatedOption]) throws(SimulatorError) {
    func values(_ key: String) -> [String] { options.filter { $0.key == key }.map(\.value) }
    let settings = options.filter { !["storage", "quirk", "fault", "serial-number"].contains($0.key) }
    try self.init(
      model: model, storage: values("storage").last, serialNumber: values("serial-number").last,
      quirks: values("quirk"), settings: settings.map { ($0.key, $0.value) }, faults: values("fault"))
  }

  /// Reads the settings into a model's own structure.
  func read<Settings>(
    _ defaults: Settings, knobs: [KnobBinding<Settings>]
  ) throws(SimulatorError) -> Settings {
    var result = defaults
    for setting in settings {
      guard let binding = knobs.first(where: { $0.knob.name == setting.key }) else {
        throw .unknownKnob(name: setting.key, known: (knobs.map(\.knob) + Self.commonKnobs).map(\.name))
      }
      guard binding.apply(&result, setting.value) else {
        throw .badValue(knob: setting.key, value: setting.value, allowed: binding.knob.allowed)
      }
    }
    return result
  }

  /// Reads the quirks into a model's own structure.
  func read<Quirks>(_ none: Quirks, quirks bindings: [QuirkBinding<Quirks>]) throws(SimulatorError) -> Quirks {
    var result = none
    for text in quirks {
      let halves = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(halves[0])
      guard let binding = bindings.first(where: { $0.quirk.name == name }) else {
        throw .unknownQuirk(name: name, known: bindings.map(\.quirk.usage))
      }
      guard binding.apply(&result, halves.count == 2 ? String(halves[1]) : nil) else {
        throw .badQuirkArgument(
          quirk: name, argument: halves.count == 2 ? String(halves[1]) : "",
          allowed: binding.quirk.argument.map { [$0] } ?? [])
      }
    }
    return result
  }
}
