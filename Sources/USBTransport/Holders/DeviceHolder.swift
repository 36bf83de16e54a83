/// A process that has a device open.
public struct DeviceHolder: Equatable, Sendable {
  public var processID: Int32
  /// The command's name as the kernel keeps it (at most 15 characters).
  public var command: String
  /// The node it has open: the device's own or one that a driver made.
  public var node: String

  public init(processID: Int32, command: String, node: String) {
    self.processID = processID
    self.command = command
    self.node = node
  }

  /// Whether this is the daemon that probes every modem-like port, unless `ID_MM_DEVICE_IGNORE` keeps it away.
  public var isModemManager: Bool { command == "ModemManager" }

  /// `ModemManager (pid 512)`, as `OpenError.busy` lists it.
  public var name: String { "\(command) (pid \(processID))" }
}
