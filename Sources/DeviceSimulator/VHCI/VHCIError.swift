/// Why a device could not be attached to this machine's `vhci_hcd`. Carries facts; the program writes the sentence.
public enum VHCIError: Error, Equatable, Sendable {
  /// There is no such controller below `path`: the module `vhci-hcd` is not loaded.
  case notLoaded(path: String)
  /// Only root may write to `path`.
  case notPermitted(path: String)
  /// The system failed an operation on a file of the controller.
  case failed(operation: String, path: String, errno: Int32)
  /// All `count` ports for devices of this speed are taken; 0 when the controller has none.
  case noFreePort(isSuperSpeed: Bool, count: Int)
  /// The kernel did not take the connection for this port.
  case refused(port: Int, errno: Int32)
  /// A pair of connected sockets could not be made.
  case noConnection(errno: Int32)
  /// The port was not given free again after the device had left.
  case stillOccupied(port: Int, after: Duration)
  /// The kernel did not get so far with the device.
  case notEnumerated(port: Int, missing: EnumerationStep, after: Duration)
  /// The kernel's side of the connection sent what is no USB/IP.
  case protocolViolation(port: Int)

  /// What the kernel does with a new device, in order.
  public enum EnumerationStep: String, Equatable, Sendable {
    /// It has a place on the bus, as `3-1`.
    case address
    /// Its descriptors have been read: it is in sysfs.
    case descriptors
    /// A configuration has been selected.
    case configuration
    /// It can be opened: `/dev/bus/usb/BBB/DDD` is there.
    case node
  }
}
