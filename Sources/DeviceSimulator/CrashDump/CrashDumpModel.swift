import SystemPackage

/// The registry's entry for a crashed SDM845.
enum CrashDumpModel {
  private static let quirks =
    SaharaQuirks.memory
    + SaharaQuirks.common.filter { !["programmer-running", "no-switch-answer"].contains($0.quirk.name) }

  static let model = SimulatorModel(
    name: "sdm845-crash",
    summary: "Qualcomm SDM845 that has crashed and hands out its memory (05c6:900e)",
    family: "qualcomm",
    knobs: CrashDumpSettings.knobs.map(\.knob) + SimulatorConfiguration.commonKnobs,
    quirks: quirks.map(\.quirk),
    servings: [.inProcess, .usb],
    check: { configuration throws(SimulatorError) in
      _ = try configuration.read(CrashDumpSettings(), knobs: CrashDumpSettings.knobs)
      _ = try configuration.read(SaharaQuirks(), quirks: quirks)
    },
    make: { configuration, _ throws(SimulatorError) in
      let settings = try configuration.read(CrashDumpSettings(), knobs: CrashDumpSettings.knobs)
      let quirks = try configuration.read(SaharaQuirks(), quirks: Self.quirks)
      let folder = configuration.storage.map { FilePath($0) }
      if let folder { try StorageFolder.create(folder) }
      let memory = try CrashDumpMemory.make(settings, hasHarmfulNames: quirks.namesHarmfully, folder: folder)
      return SimulatedCrashDump(
        settings: settings, quirks: quirks, memory: memory, serialNumber: configuration.serialNumber)
    })
}
