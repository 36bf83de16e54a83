/// The registry's entry for the loopback device.
enum LoopbackModel {
  static let model = SimulatorModel(
    name: "loopback",
    summary: "test device: source, sink, loopbacks, stalls, interrupts and a serial port",
    family: "test",
    knobs: LoopbackSettings.knobs.map(\.knob) + SimulatorConfiguration.commonKnobs,
    quirks: [],
    servings: [.inProcess, .usb, .pty],
    check: { configuration throws(SimulatorError) in
      _ = try configuration.read(LoopbackSettings(), knobs: LoopbackSettings.knobs)
      _ = try configuration.read((), quirks: [])
    },
    make: { configuration, _ throws(SimulatorError) in
      let settings = try configuration.read(LoopbackSettings(), knobs: LoopbackSettings.knobs)
      return SimulatedLoopback(settings: settings, serialNumber: configuration.serialNumber ?? "LOOPBACK")
    })
}
