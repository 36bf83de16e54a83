/// The registry's entry for the Nokia RX-51.
enum RX51Model {
  static let model = SimulatorModel(
    name: "rx51",
    summary: "Nokia RX-51 (N900) in update mode",
    family: "mkii",
    knobs: RX51Settings.knobs.map(\.knob) + [SimulatorConfiguration.clockKnob],
    quirks: RX51Quirks.bindings.map(\.quirk),
    servings: [.inProcess, .tcp, .usbip],
    check: { configuration throws(SimulatorError) in
      _ = try configuration.read(RX51Settings(), knobs: RX51Settings.knobs)
      _ = try configuration.read(RX51Quirks(), quirks: RX51Quirks.bindings)
    },
    make: { configuration, serving throws(SimulatorError) in
      let settings = try configuration.read(RX51Settings(), knobs: RX51Settings.knobs)
      let quirks = try configuration.read(RX51Quirks(), quirks: RX51Quirks.bindings)
      return SimulatedRX51(
        settings: settings, quirks: quirks, serialNumber: configuration.serialNumber ?? "",
        isStream: serving == .tcp,
        store: try ImageStore(folder: configuration.storage))
    })
}
