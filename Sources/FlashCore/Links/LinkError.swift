public import USBWire

/// How a transfer on an open link ended, when not with data.
public enum LinkError: Error, Equatable, Sendable {
  /// Nothing moved for `after`; the transfer was taken back and its buffer is ours.
  case timedOut(after: Duration)
  /// The endpoint is halted until `Link.clearHalt`.
  case stalled(endpoint: EndpointAddress)
  /// The device left the bus, or the peer closed the connection.
  case disconnected
  /// The task was cancelled; the transfer was taken back.
  case cancelled
  /// The device sent more than the buffer holds.
  case overflow(endpoint: EndpointAddress)
  /// Somebody else has claimed the interface: the processes that hold the device, as far as they could be seen.
  case busy(interface: UInt8, holders: [String])
  /// The device has no such endpoint or interface, or the link has no such feature (control requests over TCP).
  case unsupported(feature: String)
  /// The server that carries the link (USB/IP) broke the protocol between it and us: the field that cannot be, and what
  /// it held.
  case violation(field: String, value: UInt64)
  /// The system failed an operation; `code` is errno or libusb's number, `name` its name.
  case system(operation: String, code: Int32, name: String)
}

/// Why a device could not be opened, or was not found.
public enum OpenError: Error, Equatable, Sendable {
  /// No device matches; `selector` is what was looked for, `seen` the supported devices that do not match.
  case notFound(selector: String?, seen: [String])
  /// Several devices match and none was chosen.
  case ambiguous(candidates: [String])
  /// The machine has no USB at all (no `/sys/bus/usb`), or its libusb does not start.
  case noUSB(reason: String)
  /// The device node may not be opened.
  case permissionDenied(path: String)
  /// Somebody else holds the device: another flashctl by its lock, or a process that has its node open.
  case busy(path: String, holders: [String])
  /// Nobody answers there: the host's name is not known, or the connection is refused. `reason` is the system's name
  /// for it, such as `ECONNREFUSED` or `EAI_NONAME`.
  case unreachable(selector: String, reason: String)
  /// It did not appear within the limit.
  case timedOut(waitingFor: String, after: Duration)
  /// The task was cancelled while it waited.
  case cancelled
  /// The selector needs something this build or machine does not have, or names something unknown.
  case unsupported(selector: String, reason: String)
  /// The system failed an operation.
  case system(operation: String, code: Int32, name: String)
  /// The device was found but left, stalled or failed while it was being set up.
  case link(LinkError, while: String)
}
