import DeviceSimulator
import SystemPackage

extension Diagnostic {
  /// A simulated device that could not be attached to this machine.
  init(_ error: VHCIError, model: String? = nil) {
    self = Self.translate(error)
    device = model.map { "sim:" + $0 }
    step = "attach"
  }

  private static let elsewhere = "or serve it over USB/IP: leave --attach out"

  private static func translate(_ error: VHCIError) -> Diagnostic {
    switch error {
    case .notLoaded(let path):
      Diagnostic(
        code: "vhci.not-loaded", message: "cannot attach: this kernel has no virtual USB ports (no \(path))",
        remedy: "load its module (`sudo modprobe vhci-hcd`), \(elsewhere)", exitStatus: .noDevice)
    case .notPermitted(let path):
      Diagnostic(
        code: "vhci.permission-denied", message: "cannot attach: only root may write to \(path)",
        remedy: "run this command as root (sudo), \(elsewhere)", exitStatus: .noPermission)
    case .failed(let operation, let path, let number):
      Diagnostic(
        code: "vhci.failed", message: "cannot attach: cannot \(operation) \(path): \(Errno(rawValue: number))",
        remedy: "load the module anew (`sudo modprobe -r vhci-hcd && sudo modprobe vhci-hcd`)",
        exitStatus: .transferFailed)
    case .noFreePort(let isSuperSpeed, let count):
      Diagnostic(
        code: "vhci.no-free-port",
        message:
          "cannot attach: none of the \(count) virtual ports for \(isSuperSpeed ? "super" : "high") speed is free",
        remedy: "detach a device (`usbip port` lists them, `sudo usbip detach -p PORT`)", exitStatus: .tryAgain)
    case .refused(let port, let number):
      Diagnostic(
        code: "vhci.refused",
        message: "the kernel refused the device at virtual port \(port): \(Errno(rawValue: number))",
        remedy: "see what it says about it (`dmesg`), \(elsewhere)", exitStatus: .transferFailed)
    case .noConnection(let number):
      Diagnostic(
        code: "vhci.no-connection", message: "cannot attach: no connection to the kernel: \(Errno(rawValue: number))",
        remedy: "end other programs (there may be too many open files)", exitStatus: .tryAgain)
    case .stillOccupied(let port, let limit):
      Diagnostic(
        code: "vhci.still-occupied",
        message: "the kernel did not give virtual port \(port) free within \(Units.duration(limit))",
        remedy: "detach it (`sudo usbip detach -p \(port)`) and start again", exitStatus: .tryAgain)
    case .notEnumerated(let port, let missing, let limit):
      Diagnostic(
        code: "vhci.not-enumerated",
        message: "the kernel did not take the device at virtual port \(port) within \(Units.duration(limit)): "
          + "\(text(missing)) is missing",
        remedy: missing == .node
          ? "mount devtmpfs at /dev (a container may have none)" : "see what the kernel says about it (`dmesg`)",
        exitStatus: .tryAgain)
    case .protocolViolation(let port):
      Diagnostic(
        code: "vhci.protocol", message: "the kernel sent something else than USB/IP for virtual port \(port)",
        remedy: "this is a bug in flashctl; please report it with `uname -r`", exitStatus: .internalError)
    }
  }

  private static func text(_ step: VHCIError.EnumerationStep) -> String {
    switch step {
    case .address: "an address on the bus"
    case .descriptors: "its entry in /sys/bus/usb/devices"
    case .configuration: "a configuration"
    case .node: "its node in /dev/bus/usb"
    }
  }
}
