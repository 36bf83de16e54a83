import SystemPackage

/// A device that is imitated: what it is called, how it behaves, and what is in its storage.
struct EDLProfile: Sendable {
  var name: String
  var summary: String
  var settings: EDLSettings
  var layout: EDLLayout

  /// The registry's entry.
  var model: SimulatorModel {
    let knobs = EDLSettings.knobs(settings)
    return SimulatorModel(
      name: name, summary: summary, family: "qualcomm",
      knobs: knobs.map(\.knob) + SimulatorConfiguration.commonKnobs, quirks: Self.quirks.map(\.quirk),
      servings: [.inProcess, .usb],
      check: { configuration throws(SimulatorError) in
        _ = try configuration.read(settings, knobs: knobs)
        _ = try configuration.read(Quirks(), quirks: Self.quirks)
      },
      make: { configuration, _ throws(SimulatorError) in
        let chosen = try configuration.read(settings, knobs: knobs)
        var quirks = try configuration.read(Quirks(), quirks: Self.quirks)
        quirks.sahara.saysPending = quirks.sahara.saysPending || chosen.done == .pending
        let plan = EDLStorage.Plan(
          name: name, layout: chosen.layout(layout), sectorByteCount: chosen.sectorSize.byteCount,
          pagesPerBlock: chosen.programmerSettings.pagesPerBlock)
        let storage = try EDLStorage(plan, folder: configuration.storage.map { FilePath($0) })
        return SimulatedEDL(
          settings: chosen, saharaQuirks: quirks.sahara, firehoseQuirks: quirks.firehose, storage: storage,
          serialNumber: configuration.serialNumber)
      })
  }

  /// The misbehaviours of both protocols.
  struct Quirks: Sendable {
    var sahara = SaharaQuirks()
    var firehose = FirehoseQuirks()
  }

  private static let quirks: [QuirkBinding<Quirks>] =
    (SaharaQuirks.common + SaharaQuirks.images).map { $0.inside(\.sahara) }
    + FirehoseQuirks.bindings.map { $0.inside(\.firehose) }
}
