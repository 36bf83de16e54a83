import USBWire

/// What the interfaces of a Qualcomm device say about its mode, where its ids do not.
///
/// | class/sub/proto | endpoints        | meaning                                                     |
/// |-----------------|------------------|-------------------------------------------------------------|
/// | FF/FF/10, 11, 13| bulk IN, bulk OUT| Sahara; the value does not tell EDL from a crash dump       |
/// | FF/FF/30        | bulk IN, bulk OUT| DIAG                                                        |
/// | FF/FF/FF        | bulk IN, bulk OUT| alone: an old boot ROM or a DIAG-only device; else DIAG     |
///
/// AT and NMEA ports have the shape of the last row too, but carry an interrupt endpoint; what is left over is
/// settled by asking, never here. Sources: `sahara.md` 1.1, `diag.md` 1.
enum QualcommInterfaceMode: String {
  case sahara = "Sahara"
  case diagnostic = "DIAG"
  case oldBootROMOrDiagnostic = "EDL or DIAG"

  init?(_ configuration: ConfigurationDescriptor) {
    let candidates = configuration.settings.filter { $0.alternate == 0 && $0.isVendorBulkPair }
    if candidates.contains(where: { [0x10, 0x11, 0x13].contains($0.interfaceProtocol) }) {
      self = .sahara
    } else if candidates.contains(where: { $0.interfaceProtocol == 0x30 }) {
      self = .diagnostic
    } else if candidates.contains(where: { $0.interfaceProtocol == 0xFF }) {
      self = configuration.interfaceCount == 1 ? .oldBootROMOrDiagnostic : .diagnostic
    } else {
      return nil
    }
  }
}

extension InterfaceDescriptor {
  /// FF/FF with one bulk IN, one bulk OUT and nothing else.
  var isVendorBulkPair: Bool {
    interfaceClass == 0xFF && interfaceSubclass == 0xFF && endpoints.count == 2
      && endpoints.allSatisfy { $0.transferType == .bulk }
      && endpoints.contains { $0.address.isInput } && endpoints.contains { !$0.address.isInput }
  }
}
