import FlashCore

/// The udev rules for every USB identity that the families know: who may open the devices, and that ModemManager
/// leaves them alone.
///
/// `flashctl udev-rules` prints this text and `udev/70-flashctl.rules` holds it. A number below 73 is needed, because
/// `73-seat-late.rules` turns the tag `uaccess` into access for whoever sits at the machine; the group is for
/// everybody else (udev(7), sd-login(3)).
enum UdevRules {
  /// The whole file, ending with a newline. Sorted by id, so that it depends on the tables alone.
  static func text(for families: [any DeviceFamily]) -> String {
    let devices = merged(families)
    let lines = header + usbRules(devices) + ["", ttyComment] + ttyRules(devices)
    return lines.joined(separator: "\n") + "\n"
  }

  private static let header = [
    "# flashctl: access to devices in their download, update and diagnostic modes.",
    "# Printed by 'flashctl udev-rules' from the same tables that discovery uses; do not edit.",
    "#",
    "# Whoever sits at the machine gets access (uaccess), and so do members of plugdev (over ssh, on a rig). A system",
    "# without that group logs a warning and uses uaccess alone: create it, or replace the name.",
    "# ModemManager is kept from devices whose ids stand for a flashing mode: it would open their serial ports and talk",
    "# to the boot loader. Modems that run their firmware are left to it.",
    "",
    "ACTION==\"remove\", GOTO=\"flashctl_end\"",
    "",
  ]

  private static let ttyComment =
    "# Serial ports that kernel drivers (cdc_acm, qcserial, option, …) make of the same devices; their group stays."

  /// All that the families say about one pair of ids.
  private struct Device {
    var vendor: String
    var product: String
    var comment: String
    /// Whether some family takes the id alone as proof of a flashing mode.
    var isDistinctive: Bool
  }

  private static func merged(_ families: [any DeviceFamily]) -> [Device] {
    let entries = families.flatMap { family in family.identities.map { (family: family.name, identity: $0) } }
    let byID = Dictionary(grouping: entries) { USBDeviceInfo.identifier($0.identity.vendorID, $0.identity.productID) }
    return byID.sorted { $0.key < $1.key }.map { id, entries in
      let ids = id.split(separator: ":")
      return Device(
        vendor: String(ids[0]), product: String(ids[1]),
        comment: entries.map { comment($0.family, $0.identity) }.joined(separator: "; "),
        isDistinctive: entries.contains { $0.identity.isDistinctive })
    }
  }

  private static func comment(_ family: String, _ identity: USBIdentity) -> String {
    "\(family), \(identity.mode): \(identity.devices) (\(identity.source))"
  }

  /// One rule a device; neighbours that say the same share a comment.
  private static func usbRules(_ devices: [Device]) -> [String] {
    var lines: [String] = []
    var previous: String?
    for device in devices {
      if device.comment != previous { lines.append("# " + device.comment) }
      previous = device.comment
      lines.append(
        #"SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ATTR{idVendor}=="\#(device.vendor)", "#
          + #"ATTR{idProduct}=="\#(device.product)", MODE="0660", GROUP="plugdev", TAG+="uaccess""#
          + (device.isDistinctive ? #", ENV{ID_MM_DEVICE_IGNORE}="1""# : ""))
    }
    return lines
  }

  /// Two rules a vendor at most: products that ModemManager must leave alone, and the others.
  private static func ttyRules(_ devices: [Device]) -> [String] {
    let byVendor = Dictionary(grouping: devices, by: \.vendor).sorted { $0.key < $1.key }
    let rules = byVendor.flatMap { vendor, devices in
      [true, false].compactMap { isDistinctive -> String? in
        let products = devices.filter { $0.isDistinctive == isDistinctive }.map(\.product)
        guard !products.isEmpty else { return nil }
        return #"SUBSYSTEM=="tty", SUBSYSTEMS=="usb", ATTRS{idVendor}=="\#(vendor)", "#
          + #"ATTRS{idProduct}=="\#(products.joined(separator: "|"))", TAG+="uaccess""#
          + (isDistinctive ? #", ENV{ID_MM_DEVICE_IGNORE}="1", ENV{ID_MM_PORT_IGNORE}="1""# : "")
      }
    }
    return rules + ["", "LABEL=\"flashctl_end\""]
  }
}
