import CUSBShim

/// What a link asks of an open device: libusb's calls, or what a test puts in their place.
///
/// Every call but `submit`, `cancel` and `allocate` may block as long as the kernel takes. All return libusb's codes.
@safe struct DeviceCalls: Sendable {
  /// Starts a transfer, whose callback then runs exactly once, on another thread and never within this call.
  var submit: @Sendable (UnsafeMutablePointer<libusb_transfer>) -> Int32
  /// Asks for a transfer's early end; its callback still runs.
  var cancel: @Sendable (UnsafeMutablePointer<libusb_transfer>) -> Int32
  /// Memory that the kernel transfers from and to without copying, where there is such; `nil` when there is none left.
  var allocate: @Sendable (_ capacity: Int) -> TransferBuffer?
  var claim: @Sendable (_ interface: UInt8) -> Int32
  var release: @Sendable (_ interface: UInt8) -> Int32
  var setAlternate: @Sendable (_ interface: UInt8, _ alternate: UInt8) -> Int32
  var clearHalt: @Sendable (_ endpoint: UInt8) -> Int32
  /// Unbinds the kernel driver from an interface; `notFound` when it has none.
  var detachDriver: @Sendable (_ interface: UInt8) -> Int32
  /// Ends the use of the device. No transfer may be in flight.
  var close: @Sendable () -> Void
  /// Runs what submits several transfers, which may leave as one then.
  var together: @Sendable (() -> Void) -> Void = { $0() }
}
