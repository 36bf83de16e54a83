extension MediaTekDevice {
  /// With an XFlash agent.
  var xFlash: MediaTekProfile<XFlashSettings, XFlashQuirks> {
    var settings = XFlashSettings()
    if bootROM.accepted == .signed {
      settings.demandsSignature = true
      settings.checksSecondStage = true
    }
    let layout = layout
    return MediaTekProfile(
      device: self, agent: settings, misbehaviour: XFlashQuirks(), agentKnobs: XFlashSettings.knobs(settings),
      agentQuirks: XFlashQuirks.bindings
    ) { settings, quirks, storage in
      SimulatedXFlash(settings: settings, quirks: quirks, layout: layout, storage: storage)
    }
  }
}
