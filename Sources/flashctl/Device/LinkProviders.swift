import DeviceSimulator
import FlashCore
import USBTransport

/// Turns a device selector into what opens that device.
enum LinkProviders {
  static func provider(for selector: DeviceSelector?) throws -> any LinkProvider {
    switch selector {
    case nil, .usbPort, .usbIdentity, .usbAddress, .serialNumber, .product:
      USBLinkProvider(selector: selector, recognise: Families.recognise)
    case .tcp(let host, let port):
      TCPLinkProvider(host: host, port: port)
    case .simulated(let model, let options):
      try SimulatedLinkProvider(
        selector: "sim:" + model, configuration: SimulatorConfiguration(model: model, options: options))
    case .unserved(_, let text):
      throw OpenError.unsupported(selector: text, reason: "this version has no such link yet")
    }
  }
}

extension DeviceSelector {
  /// The word before the colon.
  var scheme: String { String(description.prefix { $0 != ":" }) }
}
