import FlashCore

/// What errors mean for a device that a USB/IP server exports, where that differs from one on this machine's buses.
extension Diagnostic {
  /// `usbip:bench:3240/1-1`, or `usbip:bench:3240` for the server itself.
  static func isUSBIP(_ device: String?) -> Bool { device?.hasPrefix("usbip:") ?? false }

  /// The command that shows what the server of a device exports.
  private static func listing(of device: String) -> String {
    "`flashctl list --usbip \(device.dropFirst("usbip:".count).prefix { $0 != "/" })`"
  }

  static func usbip(_ error: OpenError, device: String) -> Diagnostic? {
    switch error {
    case .unreachable(_, let reason):
      Diagnostic(
        code: "device.unreachable", message: "no USB/IP server answers at \(device): \(reason)",
        remedy: "start one there (`flashctl simulate MODEL`, or `usbipd` for real devices), or check host, port and "
          + "tunnel; --wait waits for it", exitStatus: .noDevice, device: device)
    case .busy:
      Diagnostic(
        code: "device.busy", message: "\(device) is in use by another client of its server",
        remedy: "end that client (`usbip detach` where the device is attached), or wait for it with --wait",
        exitStatus: .tryAgain, device: device)
    case .notFound(_, let seen):
      Diagnostic(
        code: "device.not-found",
        message: "the USB/IP server does not export \(device); it exports "
          + (seen.isEmpty ? "nothing" : seen.joined(separator: "; ")),
        remedy: seen.isEmpty
          ? "export the device there (`usbip bind --busid …` for a real one), or wait for it with --wait"
          : "choose one of them with --device", exitStatus: .noDevice, device: device)
    case .timedOut(_, let limit):
      Diagnostic(
        code: "device.wait-timed-out", message: "\(device) did not become available within \(Units.duration(limit))",
        remedy: "\(listing(of: device)) shows what its server exports; --wait-limit waits longer",
        exitStatus: .tryAgain, device: device)
    case .system(let operation, let code, let name):
      Diagnostic(
        code: "device.system", message: "\(device): \(operation) failed: \(name) (\(code))",
        remedy: "export the device again at the server, then run the command again", exitStatus: .transferFailed,
        device: device)
    case .link(let error, let step): usbip(error, device: device)?.adding(" (\(step))")
    case .ambiguous, .noUSB, .permissionDenied, .cancelled, .unsupported: nil
    }
  }

  static func usbip(_ error: LinkError, device: String) -> Diagnostic? {
    switch error {
    case .timedOut(let limit):
      Diagnostic(
        code: "link.timed-out", message: "\(device) did not answer within \(Units.duration(limit))",
        remedy: "check that a USB/IP server listens there and that the device is alive; then run the command again",
        exitStatus: .tryAgain, device: device)
    case .disconnected:
      Diagnostic(
        code: "link.disconnected", message: "\(device) went away: its server closed the connection, or broke off",
        remedy: "check the network, and cable and battery at the server; then bring the device into its download mode "
          + "and run the command again", exitStatus: .transferFailed, device: device)
    case .violation(let field, let value):
      Diagnostic(
        code: "link.violation",
        message: "\(device): the server or the device sent what USB/IP does not allow: \(field) is "
          + "0x\(String(value, radix: 16))",
        remedy: "check that the port is a USB/IP server's (version 1.1.1); if it is, report this with --trace",
        exitStatus: .protocolError, device: device)
    case .stalled, .cancelled, .overflow, .busy, .unsupported, .system: nil
    }
  }

  private func adding(_ text: String) -> Diagnostic {
    var diagnostic = self
    diagnostic.message += text
    return diagnostic
  }
}
