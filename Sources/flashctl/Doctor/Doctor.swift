import FlashCore
import Glibc
import USBTransport

/// Looks at the machine and at everything on the bus, and says what stands between the user and the device.
struct Doctor {
  /// One line about the machine.
  struct Finding: Sendable {
    var code: String
    var text: String
    var isGood: Bool
  }

  let discovery = USBDiscovery()

  /// The machine: USB, udev, rules, ModemManager.
  func machine() -> [Finding] {
    var findings = [usb()]
    guard findings[0].isGood else { return findings }
    let hasUdev = exists("/run/udev/control")
    findings.append(
      Finding(
        code: "udevd", text: hasUdev ? "udevd runs" : "no udevd here: devices are followed through kernel events",
        isGood: true))
    let rules = Self.ruleFolders.map { $0 + "/70-flashctl.rules" }.first(where: exists)
    findings.append(
      Finding(
        code: "udev-rules",
        text: rules.map { "udev rules installed: \($0)" } ?? "udev rules not installed; "
          + "without them only root may open most devices: \(Diagnostic.udevRemedy)",
        isGood: rules != nil || !hasUdev))
    return findings
  }

  private static let ruleFolders = [
    "/etc/udev/rules.d", "/run/udev/rules.d", "/usr/local/lib/udev/rules.d", "/usr/lib/udev/rules.d",
    "/lib/udev/rules.d",
  ]

  private func usb() -> Finding {
    do {
      let count = try discovery.devices().count
      return Finding(
        code: "usb", text: "USB is there, \(count == 1 ? "1 device" : "\(count) devices") attached", isGood: true)
    } catch {
      return Finding(
        code: "usb", text: "\(Diagnostic(error).message); usbip:, tcp: and sim: devices still work", isGood: false)
    }
  }

  /// Every device, those in a known mode first; not yet asked anything.
  func devices() -> [DeviceFinding] {
    let found = ((try? discovery.devices()) ?? []).map { DeviceFinding($0, discovery) }
    return found.filter { $0.mode != nil } + found.filter { $0.mode == nil }
  }

  /// The report as lines, without asking devices anything: what a failed `--wait` prints.
  func summary() -> [String] {
    let machine = machine().map { "  " + $0.text }
    let devices = devices().flatMap(\.lines).map { "  " + $0 }
    return ["flashctl doctor says:"] + machine + devices
  }

  private func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }
}
