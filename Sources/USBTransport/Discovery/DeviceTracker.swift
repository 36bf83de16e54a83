import FlashCore

/// What was seen on the buses so far, and what has changed since.
///
/// A device is one enumeration: what comes back at the same port with another address is another one.
struct DeviceTracker: Sendable {
  /// How long a device may be without a configuration before it counts as there. The kernel chooses one within
  /// milliseconds, unless the hub lacks the power.
  static let configurationLimit = Duration.seconds(1)

  private struct Entry {
    var device: SysfsDevice
    var since: Duration
    var isAnnounced = false
  }

  private var entries: [String: Entry] = [:]

  /// Looks again, and returns what has left and what has come, in that order.
  mutating func update(_ discovery: USBDiscovery, now: Duration) throws(OpenError) -> [USBChange] {
    let devices = try discovery.scan(known: entries.mapValues(\.device))
    var departed: [USBDeviceInfo] = []
    var arrived: [USBDeviceInfo] = []
    var next: [String: Entry] = [:]
    for device in devices {
      let old = entries[device.info.portPath].flatMap { isSame($0.device.info, device.info) ? $0 : nil }
      var entry = Entry(device: device, since: old?.since ?? now, isAnnounced: old?.isAnnounced ?? false)
      if !entry.isAnnounced, device.isConfigured || now - entry.since >= Self.configurationLimit {
        entry.isAnnounced = true
        arrived.append(device.info)
      }
      next[device.info.portPath] = entry
    }
    for entry in entries.values where entry.isAnnounced {
      let info = entry.device.info
      if let new = next[info.portPath], isSame(new.device.info, info) { continue }
      departed.append(info)
    }
    entries = next
    return departed.sorted { $0.portPath < $1.portPath }.map { .departed($0) } + arrived.map { .arrived($0) }
  }

  private func isSame(_ left: USBDeviceInfo, _ right: USBDeviceInfo) -> Bool {
    left.bus == right.bus && left.address == right.address && left.identifier == right.identifier
  }

  /// Whether the very device, in the same enumeration, was there at the last look, configured or not.
  func contains(_ device: USBDeviceInfo) -> Bool {
    entries[device.portPath].map { $0.device.info.bus == device.bus && $0.device.info.address == device.address }
      ?? false
  }

  /// The devices that are there and ready to be opened, ordered by bus and port as discovery orders them.
  var devices: [USBDeviceInfo] {
    entries.values.filter(\.isAnnounced).map(\.device.info).sorted(by: USBDiscovery.precedes)
  }
}
