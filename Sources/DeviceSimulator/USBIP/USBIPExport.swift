import Synchronization
public import USBWire

/// A device as a USB/IP server shows it: its record, and the interfaces that stand behind it in a list.
public struct USBIPExport: Equatable, Sendable {
  public var record: USBIPDeviceRecord
  public var interfaces: [USBIPDeviceRecord.Interface]

  /// `nil` for a device without a configuration.
  init?(_ identity: SimulatedIdentity, busID: String, deviceNumber: UInt32) {
    guard let configuration = identity.configurations.first else { return nil }
    interfaces = configuration.settings.filter { $0.alternate == 0 }.map {
      .init(class: $0.interfaceClass, subclass: $0.interfaceSubclass, protocol: $0.interfaceProtocol)
    }
    record = USBIPDeviceRecord(
      path: "/sys/devices/simulated/usb1/\(busID)", busID: busID, busNumber: BusAddresses.busNumber,
      deviceNumber: deviceNumber, speed: Self.speed(identity.speed), device: identity.device,
      configurationValue: configuration.value, interfaceCount: UInt8(clamping: configuration.interfaceCount))
  }

  private static func speed(_ megabitsPerSecond: Double) -> USBIPDeviceRecord.Speed {
    switch megabitsPerSecond {
    case 10_000...: .superPlus
    case 5000...: .super
    case 480...: .high
    case 12...: .full
    default: .low
    }
  }

  /// OP_REP_IMPORT that gives the device to a client.
  var importReply: [UInt8] {
    var bytes: [UInt8] = []
    USBIPOperation(.replyImport).serialize(into: &bytes)
    record.serialize(into: &bytes)
    return bytes
  }

  /// OP_REP_DEVLIST of several devices.
  static func listReply(_ exports: [USBIPExport]) -> [UInt8] {
    var bytes: [UInt8] = []
    USBIPOperation(.replyDeviceList).serialize(into: &bytes)
    for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: exports.count >> shift)) }
    for export in exports {
      export.record.serialize(into: &bytes)
      for interface in export.interfaces { interface.serialize(into: &bytes) }
    }
    return bytes
  }
}

/// The device numbers of a bus: each appearance of a device gets the next one, as on a real bus.
final class BusAddresses: Sendable {
  static let busNumber: UInt32 = 1
  private let last = Mutex<UInt32>(0)

  /// 1 … 127, and from the beginning again.
  func next() -> UInt32 {
    last.withLock { number in
      number = number % 127 + 1
      return number
    }
  }
}
