import FlashCore
import Qualcomm

extension Diagnostic {
  static let udevRemedy =
    "install the udev rules (`flashctl udev-rules | sudo tee /etc/udev/rules.d/70-flashctl.rules && "
    + "sudo udevadm control --reload`), then replug the device"

  /// A transfer that failed on an open link, where no family gave it a more exact meaning.
  init(_ error: LinkError, device: String?) {
    if let device, Self.isUSBIP(device), let diagnostic = Self.usbip(error, device: device) {
      self = diagnostic
      return
    }
    let name = device ?? "the device"
    switch error {
    case .timedOut(let limit):
      self.init(
        code: "link.timed-out", message: "\(name) did not answer within \(Units.duration(limit))",
        remedy: "bring the device into its download mode again and run the command again, or allow more time with "
          + "--timeout", exitStatus: .tryAgain)
    case .stalled(let endpoint):
      self.init(
        code: "link.stalled", message: "\(name) stalled \(endpoint)",
        remedy: "bring the device into its download mode again and run the command again", exitStatus: .transferFailed)
    case .disconnected:
      self.init(
        code: "link.disconnected", message: "\(name) went away in the middle of the session",
        remedy: "check cable, hub and battery; then bring the device into its download mode and run the command again",
        exitStatus: .transferFailed)
    case .cancelled: self = .cancelled(device: device)
    case .overflow(let endpoint):
      self.init(
        code: "link.overflow", message: "\(name) sent more on \(endpoint) than its protocol allows",
        remedy: "bring the device into its download mode again and run the command again; report it with --trace",
        exitStatus: .protocolError)
    case .busy(let interface, let holders):
      self.init(
        code: "device.busy",
        message: "\(name): interface \(interface) is in use"
          + (holders.isEmpty ? "" : " by " + holders.joined(separator: ", ")),
        remedy: "wait until it is free, or end that program", exitStatus: .tryAgain)
    case .unsupported(let feature):
      self.init(
        code: "link.unsupported", message: "\(name): \(feature) is not possible on this link",
        remedy: "connect the device over USB", exitStatus: .protocolError)
    case .violation(let field, let value):
      self.init(
        code: "link.violation", message: "\(name): \(field) is 0x\(String(value, radix: 16)), which cannot be",
        remedy: "run the command again; report it with --trace", exitStatus: .protocolError)
    case .system(let operation, let code, let errorName):
      self.init(
        code: "link.system", message: "\(name): \(operation) failed: \(errorName) (\(code))",
        remedy: "`flashctl doctor` shows what the system says about the device", exitStatus: .transferFailed)
    }
  }

  init(_ error: StreamError, device: String?) {
    switch error {
    case .link(let error, let accepted):
      self.init(error, device: device)
      message += " after \(Units.bytes(accepted)) of image data"
    case .image(let error): self.init(error)
    }
  }

  /// A device that could not be found or opened.
  init(_ error: OpenError, device: String? = nil) {
    if let device, Self.isUSBIP(device), let diagnostic = Self.usbip(error, device: device) {
      self = diagnostic
      return
    }
    switch error {
    case .notFound(let selector, let seen): self = .notFound(selector, seen)
    case .ambiguous(let candidates):
      self.init(
        code: "device.ambiguous",
        message: "several devices are attached: " + candidates.joined(separator: "; "),
        remedy: "choose one with --device", exitStatus: .noDevice)
    case .noUSB(let reason):
      self.init(
        code: "usb.none", message: "this machine has no USB (no \(reason))",
        remedy: "run flashctl where the device is attached, or use --device usbip:…, tcp:… or sim:…",
        exitStatus: .noDevice)
    case .permissionDenied(let path):
      self.init(
        code: "usb.permission-denied", message: "cannot open the device at \(path): permission denied",
        remedy: Self.udevRemedy, exitStatus: .noPermission)
    case .busy(let path, let holders):
      self.init(
        code: "device.busy",
        message: "the device at \(path) is in use"
          + (holders.isEmpty ? "" : " by " + holders.joined(separator: ", ")),
        remedy: "wait until it is free, or end that program", exitStatus: .tryAgain)
    case .unreachable(let selector, let reason):
      self.init(
        code: "device.unreachable", message: "nobody answers at \(selector): \(reason)",
        remedy: "check host and port, and that the device or `flashctl simulate` is serving there; --wait waits for it",
        exitStatus: .noDevice, device: selector)
    case .timedOut(let what, let limit):
      self.init(
        code: "device.wait-timed-out", message: "\(what) did not appear within \(Units.duration(limit))",
        remedy: "check cable, battery and download mode (`flashctl doctor`), or wait longer with --wait-limit",
        exitStatus: .tryAgain)
    case .cancelled: self = .cancelled(device: nil)
    case .unsupported(let selector, let reason):
      self.init(
        code: "device.unsupported", message: "\(selector): \(reason)",
        remedy: "`flashctl list` shows the devices that this version can talk to", exitStatus: .noDevice)
    case .system(let operation, let code, let name):
      self.init(
        code: "device.system", message: "\(operation) failed: \(name) (\(code))",
        remedy: "`flashctl doctor` shows what the system says about the device", exitStatus: .transferFailed)
    case .link(let error, let step):
      self.init(error, device: device)
      message += " (\(step))"
    }
  }

  private static func notFound(_ selector: String?, _ seen: [String]) -> Diagnostic {
    var message = selector.map { "no device matches \($0)" } ?? "no device in a download mode is attached"
    if !seen.isEmpty { message += "; attached: " + seen.joined(separator: "; ") }
    return Diagnostic(
      code: "device.not-found", message: message,
      remedy: seen.isEmpty
        ? "bring the device into its download mode, or let flashctl wait for it with --wait (`flashctl doctor` helps)"
        : "choose one of them with --device", exitStatus: .noDevice, device: selector)
  }

  /// Whether no device is attached at all, so that a dry run has to do without.
  var meansNothingAttached: Bool { code == "usb.none" || code == "device.not-found" }

  /// The protocol has no such command.
  init(_ error: UnsupportedOperation, device: String?) {
    let name = device ?? "the device"
    self.init(
      code: "protocol.unsupported", message: "\(name): the \(error.protocolName) protocol \(Self.lack(error))",
      remedy: Self.alternative(error), exitStatus: .protocolError, device: device)
  }

  /// What the protocol has not, after its name.
  private static func lack(_ error: UnsupportedOperation) -> String {
    switch error.capability {
    case .storage: "does not tell how its storage is divided"
    case .partitions: "has no request that lists partitions"
    case .read: "has no request that reads storage back"
    case .write: "has no request that writes storage"
    case .writeRanges: "writes whole images only"
    case .erase: "has no request that erases"
    case .zero: "has no request that writes zeros"
    case .verify: "can neither read back nor compute digests, so nothing can be verified"
    case .digest: "has no request that computes digests"
    case .patch: "has no request that changes single bytes"
    case .configure: "has no other storage to choose" + (error.detail.map { ", such as \($0)" } ?? "")
    case .makeBootable: "has no request that chooses what the device boots from"
    case .slots: "knows no slots"
    case .backup: "can save no storage of this kind" + (error.detail.map { " (\($0))" } ?? "")
    case .reboot: "cannot reboot to \(error.detail ?? "that mode")"
    }
  }

  private static func alternative(_ error: UnsupportedOperation) -> String {
    switch error.capability {
    case .reboot: "`flashctl reboot --help` lists the modes; most devices know only some of them"
    case _ where error.protocolName == QualcommTarget.validatedProtocolName:
      "with digest tables a device lets nothing pass but what they list, so nothing can be read or asked; leave --vip out "
        + "for a device that wants none"
    case .backup: "save the partitions one by one with `flashctl read PARTITION -o FILE`"
    case _ where error.protocolName == "Firehose":
      "docs/qualcomm.md says what a programmer can do; `flashctl qcom firehose info` what this one lists"
    case _ where error.protocolName == "boot ROM":
      "boot ROM and preloader only start programs and reach memory; docs/mediatek.md says what this version can do"
    case .partitions where error.protocolName == "agent":
      "raw NAND has no table that these agents tell of: write ranges as SECTION/START+LENGTH, or give a package with "
        + "--scatter"
    case _ where error.protocolName == "agent": "docs/mediatek.md says what agents can do"
    case _ where error.protocolName == "Sahara":
      "Sahara only starts programs and reads memory; docs/qualcomm.md says what this version can do"
    default: "docs/mkii.md says what the protocol can do and where else the data can be reached"
    }
  }
}
