import FlashCore
import USBTransport

/// A device as `list` shows it.
struct ListedDevice: Equatable {
  var info: USBDeviceInfo
  var mode: RecognisedMode
  var udevPath: String?

  /// `nil` when no family knows the device.
  init?(_ info: USBDeviceInfo, _ discovery: USBDiscovery) {
    guard let mode = Families.recognise(info) else { return nil }
    self.info = info
    self.mode = mode
    udevPath = discovery.udevProperties(of: info)["ID_PATH"]
  }

  static func all(_ discovery: USBDiscovery) throws -> [ListedDevice] {
    try discovery.devices().compactMap { ListedDevice($0, discovery) }
  }

  /// A heading and one line a device, in columns.
  static func table(_ devices: [ListedDevice]) -> [String] {
    let heading = ["DEVICE", "ID", "MODE", "SERIAL", "PRODUCT", "BUS:ADDR", "ID_PATH"]
    let rows = [heading] + devices.map(\.columns)
    let widths = heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { text, width in text + String(repeating: " ", count: width - text.count) }
      return String(cells.joined(separator: "  ").trimmingSuffix(while: { $0 == " " }))
    }
  }

  private var columns: [String] {
    [
      info.selector, info.identifier, modeText, printable(info.serialNumber), printable(info.product),
      "\(info.bus):\(info.address)", udevPath ?? "–",
    ]
  }

  private var modeText: String { mode.mode + (mode.isSupported ? "" : " (recognised only)") }

  /// One line, for `--watch`.
  var line: String { columns.joined(separator: "  ") }

  private func printable(_ text: String?) -> String { text.flatMap { $0.isEmpty ? nil : SafeText.line($0) } ?? "–" }

  /// The members of the `device`, `arrived` and `departed` events.
  var members: [(key: String, value: JSONValue)] {
    [
      (key: "device", value: .string(info.selector)), (key: "family", value: .string(mode.family)),
      (key: "mode", value: .string(mode.mode)), (key: "supported", value: .bool(mode.isSupported)),
      (key: "vendorID", value: .string(String(info.identifier.prefix(4)))),
      (key: "productID", value: .string(String(info.identifier.suffix(4)))),
      (key: "portPath", value: .string(info.portPath)), (key: "serialNumber", value: .optional(info.serialNumber)),
      (key: "product", value: .optional(info.product)), (key: "manufacturer", value: .optional(info.manufacturer)),
      (key: "bus", value: .integer(Int64(info.bus))), (key: "address", value: .integer(Int64(info.address))),
      (key: "idPath", value: .optional(udevPath)),
    ]
  }
}

extension String {
  func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
    var end = endIndex
    while end > startIndex, predicate(self[index(before: end)]) { end = index(before: end) }
    return self[..<end]
  }
}
