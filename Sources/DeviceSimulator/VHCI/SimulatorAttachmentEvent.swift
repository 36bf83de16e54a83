/// What happens at a device that is attached to this machine, for people who watch it.
public enum SimulatorAttachmentEvent: Equatable, Sendable {
  /// The kernel has enumerated it: any program can open it now.
  case ready(EnumeratedDevice)
  case device(PortEvent)
}

/// How an attachment came to its end.
public enum SimulatorAttachmentEnd: Equatable, Sendable {
  /// The task was cancelled, and the device detached.
  case cancelled
  /// The device left its bus, and does not come back.
  case deviceLeft
  /// Somebody else detached the device, or unloaded the module.
  case detached
}
