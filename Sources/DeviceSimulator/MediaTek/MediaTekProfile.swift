import SystemPackage

/// An imitated MediaTek device without its agent, as data.
struct MediaTekDevice: Sendable {
  var name: String
  var summary: String
  /// The platform of its scatter file: `MT6765`.
  var platform: String
  /// What its agents speak; the vendor has agents of both generations for some chips.
  var agents: FixtureAgentFile.Generation
  var bootROM: BootROMSettings
  var layout: MediaTekLayout

  /// What its storage is made of when it is of a kind that was asked for.
  func layout(of kind: MediaTekLayout.Kind?) -> MediaTekLayout {
    switch kind {
    case nil, layout.kind: layout
    case .emmc: .emmc(userByteCount: 1 << 30, name: "SIMMMC")
    case .ufs: .ufs(userByteCount: 1 << 30, name: "SIMULATED-UFS")
    case .nand: .nand(userByteCount: 128 << 20)
    }
  }

  /// The same device with everything locked: it wants signed agents, and of a boot ROM an authentication file and a
  /// response as well.
  func secured() -> MediaTekDevice {
    var copy = self
    copy.name += "-secured"
    copy.summary += ", secured"
    copy.bootROM.security = HexNumber(0xE7)
    copy.bootROM.accepted = .signed
    return copy
  }
}

/// An imitated MediaTek device with the agent that runs there. `Agent` are the agent's own settings, `Misbehaviour` its
/// quirks.
struct MediaTekProfile<Agent: Sendable, Misbehaviour: Sendable>: Sendable {
  /// All settings of a model: the knobs of both are found by their names.
  struct Settings: Sendable {
    var bootROM: BootROMSettings
    var agent: Agent
    /// Sizes of sections that were asked for, by name.
    var sizes = SectionSizes()
    var storage = MediaTekStorageSettings()
  }

  struct SectionSizes: Sendable {
    var user: SectionSize?
    var boot: SectionSize?

    func sizes(of layout: MediaTekLayout) -> [String: UInt64] {
      var sizes: [String: UInt64] = [:]
      let name = layout.userSection?.name
      if let user, let name { sizes[name] = user.value }
      let boots = layout.sections.filter { $0.name != name && $0.name != "rpmb" }
      if let boot { for section in boots { sizes[section.name] = boot.value } }
      return sizes
    }
  }

  struct Quirks: Sendable {
    var bootROM = BootROMQuirks()
    var agent: Misbehaviour
    var table = MediaTekTableQuirks()
  }

  var device: MediaTekDevice
  var agent: Agent
  var misbehaviour: Misbehaviour
  var agentKnobs: [KnobBinding<Agent>]
  var agentQuirks: [QuirkBinding<Misbehaviour>]
  /// Makes the agent, each time that one is started, over storage that lasts.
  var makeAgent: @Sendable (Agent, Misbehaviour, MediaTekStorage) -> any SimulatedAgent

  private var knobs: [KnobBinding<Settings>] {
    BootROMSettings.knobs(device.bootROM).map { $0.inside(\Settings.bootROM) }
      + agentKnobs.map { $0.inside(\Settings.agent) }
      + [
        .init(
          "user-size", optional: \Settings.sizes.user, default: "the model's", "size of the section with the partitions"
        ),
        .init("boot-size", optional: \Settings.sizes.boot, default: "the model's", "size of each section to boot from"),
      ] + MediaTekStorageSettings.knobs(MediaTekStorageSettings()).map { $0.inside(\Settings.storage) }
  }

  private var quirks: [QuirkBinding<Quirks>] {
    BootROMQuirks.bindings.map { $0.inside(\Quirks.bootROM) } + agentQuirks.map { $0.inside(\Quirks.agent) }
      + MediaTekTableQuirks.bindings.map { $0.inside(\Quirks.table) }
  }

  /// The registry's entry.
  var model: SimulatorModel {
    let (knobs, quirks) = (knobs, quirks)
    let device = device
    let settings = Settings(bootROM: device.bootROM, agent: agent)
    let none = Quirks(agent: misbehaviour)
    return SimulatorModel(
      name: device.name, summary: device.summary, family: "mediatek",
      knobs: knobs.map(\.knob) + SimulatorConfiguration.commonKnobs, quirks: quirks.map(\.quirk),
      servings: [.inProcess, .usb, .pty],
      check: { configuration throws(SimulatorError) in
        _ = try configuration.read(settings, knobs: knobs)
        _ = try configuration.read(none, quirks: quirks)
      },
      make: { [makeAgent] configuration, _ throws(SimulatorError) in
        let chosen = try configuration.read(settings, knobs: knobs)
        let misbehaviour = try configuration.read(none, quirks: quirks)
        let layout = device.layout(of: chosen.storage.kind)
        let storage = try MediaTekStorage(
          layout.resized(chosen.sizes.sizes(of: layout)), name: device.name,
          folder: configuration.storage.map { FilePath($0) }, settings: chosen.storage, quirks: misbehaviour.table)
        return SimulatedMediaTek(
          settings: chosen.bootROM, quirks: misbehaviour.bootROM, serialNumber: configuration.serialNumber,
          makeAgent: { makeAgent(chosen.agent, misbehaviour.agent, storage.inSession()) })
      },
      fixtures: { () throws(SimulatorError) in try MediaTekFixtures(device).files })
  }
}
