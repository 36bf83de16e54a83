import FlashCore
import USBTransport

/// A device as `list` shows it.
struct ListedDevice: Equatable {
  var info: USBDeviceInfo
  /// What finds the device again.
  var selector: String
  /// `nil` for a device of a USB/IP server that no family knows.
  var mode: RecognisedMode?
  var udevPath: String?

  /// A device on this machine's buses; `nil` when no family knows it.
  init?(_ info: USBDeviceInfo, _ discovery: USBDiscovery) {
    guard let mode = Families.recognise(info) else { return nil }
    self.info = info
    self.mode = mode
    selector = info.selector
    udevPath = discovery.udevProperties(of: info)["ID_PATH"]
  }

  /// What a server exports was exported on purpose, so it is shown whether a family knows it or not.
  init(_ export: USBIPExports.Export) {
    info = export.device
    mode = Families.recognise(export.device)
    selector = export.selector.description
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
      SafeText.line(selector), info.identifier, modeText, printable(info.serialNumber), printable(info.product),
      "\(info.bus):\(info.address)", udevPath ?? "–",
    ]
  }

  private var modeText: String {
    guard let mode else { return "not known" }
    // Its family is known by its ids, and what tells the mode could not be read.
    if mode.mode == "unknown" { return "\(mode.family), mode unknown" }
    return mode.mode + (mode.isSupported ? "" : " (recognised only)")
  }

  /// One line, for `--watch`.
  var line: String { columns.joined(separator: "  ") }

  private func printable(_ text: String?) -> String { text.flatMap { $0.isEmpty ? nil : SafeText.line($0) } ?? "–" }

  /// The members of the `device`, `arrived` and `departed` events.
  var members: [(key: String, value: JSONValue)] {
    [
      (key: "device", value: .string(selector)), (key: "family", value: .optional(mode?.family)),
      (key: "mode", value: .optional(mode?.mode)), (key: "supported", value: .bool(mode?.isSupported ?? false)),
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
