/// The phones whose agents speak XML.
extension MediaTekDevice {
  /// The device with its XML agent. A secured one wants a signature before its storage is touched.
  var withXMLAgent: MediaTekProfile<XMLAgentSettings, XMLAgentQuirks> {
    var settings = XMLAgentSettings(layout)
    settings.linkAuthentication = name.hasSuffix("-secured")
    let identity = HexBytes(layout.identity)
    return MediaTekProfile(
      device: self, agent: settings, misbehaviour: XMLAgentQuirks(), agentKnobs: XMLAgentSettings.knobs(settings),
      agentQuirks: XMLAgentQuirks.bindings
    ) { settings, quirks, storage in
      var settings = settings
      settings.kind = storage.layout.kind
      settings.sectorByteCount = storage.layout.sectorByteCount
      if settings.storageID == identity { settings.storageID = HexBytes(storage.layout.identity) }
      return XMLAgentSimulation(settings: settings, quirks: quirks, storage: storage)
    }
  }
}
