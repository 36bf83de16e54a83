extension MediaTekDevice {
  /// With an XFlash agent.
  var xFlash: MediaTekProfile<XFlashSettings, XFlashQuirks> {
    var settings = XFlashSettings()
    if bootROM.accepted == .signed {
      settings.demandsSignature = true
      settings.checksSecondStage = true
    }
    return MediaTekProfile(
      device: self, agent: settings, misbehaviour: XFlashQuirks(), agentKnobs: XFlashSettings.knobs(settings),
      agentQuirks: XFlashQuirks.bindings
    ) { settings, quirks, storage in
      SimulatedXFlash(settings: settings, quirks: quirks, layout: storage.layout, storage: storage)
    }
  }
}
