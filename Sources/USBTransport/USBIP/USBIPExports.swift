public import FlashCore
import USBWire

/// What a USB/IP server exports.
///
/// ```swift
/// for export in try await USBIPExports(server: address).devices() { print(export.selector, export.device.identifier) }
/// ```
///
/// Asks the server only, so it disturbs neither a device nor whoever uses one.
public struct USBIPExports: Sendable {
  /// The port that servers listen at unless told otherwise.
  public static let standardPort = USBIPOperation.standardPort

  /// A device of the list.
  public struct Export: Equatable, Sendable {
    /// `usbip:127.0.0.1:3240/1-1`
    public var selector: DeviceSelector
    /// What the server's list tells: ids and speed, neither descriptors nor strings. Its port path is the bus id.
    public var device: USBDeviceInfo
  }

  private let server: USBIPServer

  public init(server address: NetworkAddress, clock: any LinkClock = SystemLinkClock()) {
    server = USBIPServer(address: address, limits: USBIPLimits(), clock: clock)
  }

  /// Throws `OpenError.unreachable`, `link` with what went wrong while it answered, or `cancelled`.
  public func devices() async throws(OpenError) -> [Export] {
    try await server.exports(for: "usbip:\(server.address)").map { export in
      Export(selector: server.selector(of: export.record.busID), device: export.device)
    }
  }
}

extension USBIPServer {
  func selector(of busID: String) -> DeviceSelector {
    .usbip(host: address.host, port: address.port, busID: busID)
  }
}

extension USBIPServer.Export {
  /// The record as discovery would have it. There is no configuration: a list has its interfaces' classes only, and
  /// endpoints or alternate settings that it does not mention are not missing.
  var device: USBDeviceInfo {
    var info = USBDeviceInfo(
      portPath: record.busID, bus: Int(record.busNumber), address: Int(record.deviceNumber),
      vendorID: record.vendorID, productID: record.productID)
    info.deviceRelease = record.deviceRelease
    info.speed = record.speed.megabitsPerSecond
    return info
  }
}
