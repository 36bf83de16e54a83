import FlashCore
import USBWire

/// Follows one bus id through a server's lists, to tell a device that came back from one that never left.
struct USBIPReturnWatch: Sendable {
  /// What changes when a device enumerates again.
  private struct Appearance: Equatable {
    var bus: Int
    var address: Int
    var vendorID: UInt16
    var productID: UInt16

    init(_ device: USBDeviceInfo) {
      (bus, address, vendorID, productID) = (device.bus, device.address, device.vendorID, device.productID)
    }

    init(_ record: USBIPDeviceRecord) {
      (bus, address) = (Int(record.busNumber), Int(record.deviceNumber))
      (vendorID, productID) = (record.vendorID, record.productID)
    }
  }

  private let departing: Appearance
  private var hasLeft = false
  /// What was imported and found not to be the one: it is left alone from then on.
  private var rejected: Appearance?

  init(_ departing: USBDeviceInfo) { self.departing = Appearance(departing) }

  /// Whether what the list shows now may be what is waited for; `nil` when it shows nothing.
  mutating func mustLookAt(_ record: USBIPDeviceRecord?) -> Bool {
    guard let appearance = record.map(Appearance.init) else {
      hasLeft = true
      rejected = nil
      return false
    }
    hasLeft = hasLeft || appearance != departing
    return hasLeft && appearance != rejected
  }

  mutating func hasLookedAt(_ record: USBIPDeviceRecord) { rejected = Appearance(record) }
}
