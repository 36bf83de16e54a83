/// The phones whose agents speak XML.
extension MediaTekDevice {
  /// The device with its XML agent. A secured one wants a signature before its storage is touched.
  var withXMLAgent: MediaTekProfile<XMLAgentSettings, XMLAgentQuirks> {
    var settings = XMLAgentSettings(layout)
    settings.linkAuthentication = name.hasSuffix("-secured")
    return MediaTekProfile(
      device: self, agent: settings, misbehaviour: XMLAgentQuirks(), agentKnobs: XMLAgentSettings.knobs(settings),
      agentQuirks: XMLAgentQuirks.bindings
    ) { settings, quirks, storage in
      XMLAgentSimulation(settings: settings, quirks: quirks, storage: storage)
    }
  }
}
