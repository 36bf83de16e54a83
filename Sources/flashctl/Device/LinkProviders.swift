import DeviceSimulator
import FlashCore
import USBTransport

/// Turns a device selector into what opens that device.
enum LinkProviders {
  /// `console` hears what a simulated device does by itself.
  static func provider(for selector: DeviceSelector?, console: Console) throws -> any LinkProvider {
    switch selector {
    case nil, .usbPort, .usbIdentity, .usbAddress, .serialNumber, .product:
      USBLinkProvider(selector: selector, recognise: Families.recognise)
    case .tcp(let host, let port):
      TCPLinkProvider(host: host, port: port)
    case .usbip(let host, let port, let busID):
      USBIPLinkProvider(server: NetworkAddress(host: host, port: port), busID: busID)
    case .simulated(let model, let options):
      try SimulatedLinkProvider(
        selector: "sim:" + model, configuration: SimulatorConfiguration(model: model, options: options),
        observer: { event in SimulatorLog.show(event, on: console) })
    case .unserved("tty", let text):
      NodeLinkProvider(path: String(text.dropFirst("tty:".count)))
    case .unserved(_, let text):
      throw OpenError.unsupported(selector: text, reason: "this version has no such link yet")
    }
  }
}

extension DeviceSelector {
  /// The word before the colon.
  var scheme: String { String(description.prefix { $0 != ":" }) }
}
