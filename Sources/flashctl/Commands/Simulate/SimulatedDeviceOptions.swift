import ArgumentParser
import DeviceSimulator

/// What simulated devices are like.
struct SimulatedDeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder that holds the device's storage; made if missing. With several devices, each has a folder in it, named by its bus id.",
      valueName: "folder"), completion: .directory)
  var storage: String?

  @Option(
    help: ArgumentHelp(
      "The serial number the device shows; with several devices, repeat it in their order.", valueName: "text"))
  var serialNumber: [String] = []

  @Option(help: ArgumentHelp("A quirk of real devices to show; may be repeated.", valueName: "name"))
  var quirk: [String] = []

  @Option(help: ArgumentHelp("Set a knob of the model; may be repeated.", valueName: "key=value"))
  var set: [String] = []

  @Option(
    help: ArgumentHelp(
      "A fault to inject: drop, corrupt, delay=MS, stall or disconnect, then @N (the n-th transfer) or @byte:X; may be repeated.",
      valueName: "kind@place"))
  var fault: [String] = []

  /// Checks what can be told without making a device.
  func check(models: [String]) throws {
    guard serialNumber.count <= models.count, serialNumber.count != 1 || models.count == 1 else {
      throw ValidationError(
        "\(models.count) devices and \(serialNumber.count) times --serial-number: give each device its own, in their order."
      )
    }
    _ = try settings()
  }

  /// The devices in the order of their models. Knobs and quirks go to the models that have them; those that can run at
  /// super speed do so when the wire does, unless told otherwise.
  func configurations(for names: [String], wire: ServingOptions.Wire?) throws -> [SimulatorConfiguration] {
    let models = try names.map { name throws(SimulatorError) in try SimulatorRegistry.model(named: name) }
    let settings = try settings()
    return try models.enumerated().map { index, model in
      try SimulatorConfiguration(
        model: model.name, storage: folder(at: index, of: models.count),
        serialNumber: index < serialNumber.count ? serialNumber[index] : nil,
        quirks: quirk.filter { quirk in
          let name = quirk.prefix { $0 != ":" }
          return Self.concerns(model, among: models) { $0.quirks.contains { $0.name == name } }
        },
        settings: Self.speed(of: model, on: wire)
          + settings.filter { setting in
            Self.concerns(model, among: models) { $0.knobs.contains { $0.name == setting.key } }
          }, faults: fault)
    }
  }

  /// Whether something is for a model: it has it, or none has it and the model is to say so.
  private static func concerns(
    _ model: SimulatorModel, among models: [SimulatorModel], _ has: (SimulatorModel) -> Bool
  ) -> Bool {
    has(model) || !models.contains(where: has)
  }

  private static func speed(of model: SimulatorModel, on wire: ServingOptions.Wire?) -> [(key: String, value: String)] {
    wire == .ss && model.knobs.contains { $0.name == "speed" } ? [(key: "speed", value: "super")] : []
  }

  private func folder(at index: Int, of count: Int) -> String? {
    guard let storage, count > 1 else { return storage }
    return storage + "/" + SimulatorUSBIPServer.busID(at: index)
  }

  private func settings() throws -> [(key: String, value: String)] {
    try set.map { text in
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw ValidationError("'\(text)' is no KEY=VALUE (see `flashctl simulate --list`).")
      }
      return (key: String(text[..<equals]), value: String(text[text.index(after: equals)...]))
    }
  }
}
