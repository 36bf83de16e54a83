import CUSBShim
import USBWire

/// A libusb transfer that was handed over, as USB/IP sees it.
///
/// From `submit` until `finish` has run its callback, the fields do not change and the buffer lives; that is the contract
/// of `DeviceCalls.submit`. One thread at a time writes to the buffer: the connection's, while it receives.
@safe struct USBIPTransferPointer: Equatable, @unchecked Sendable {
  private let raw: UnsafeMutablePointer<libusb_transfer>

  init(_ raw: UnsafeMutablePointer<libusb_transfer>) { unsafe self.raw = raw }

  static func == (left: Self, right: Self) -> Bool { unsafe left.raw == right.raw }

  private var isControl: Bool { unsafe raw.pointee.type == UInt8(EndpointDescriptor.TransferType.control.rawValue) }
  private var length: Int { Int(unsafe raw.pointee.length) }
  private var headLength: Int { isControl ? SetupPacket.byteCount : 0 }

  /// Whether length, kind and setup packet agree; isochronous transfers are not served.
  var isValid: Bool {
    let type = unsafe raw.pointee.type
    guard type != EndpointDescriptor.TransferType.isochronous.rawValue, length >= headLength else { return false }
    return !isControl || setup.map { Int($0.length) <= length - headLength } ?? false
  }

  /// The setup packet of a control transfer, with which its buffer begins.
  private var setup: SetupPacket? {
    guard isControl, let buffer = unsafe raw.pointee.buffer, length >= SetupPacket.byteCount else { return nil }
    return try? SetupPacket(parsing: unsafe UnsafeRawBufferPointer(start: buffer, count: SetupPacket.byteCount).bytes)
  }

  /// Bytes of the data stage.
  var byteCount: Int { setup.map { Int($0.length) } ?? max(0, length - headLength) }

  /// Number and direction; a control transfer without data goes out, as the kernel has it.
  var endpoint: EndpointAddress {
    guard let setup else { return EndpointAddress(rawValue: unsafe raw.pointee.endpoint) }
    return setup.isInput && setup.length > 0 ? .input(0) : .output(0)
  }

  /// The data, behind the setup packet.
  var data: UnsafeMutableRawBufferPointer {
    guard let buffer = unsafe raw.pointee.buffer else {
      return unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
    return unsafe UnsafeMutableRawBufferPointer(start: buffer + headLength, count: byteCount)
  }

  /// Milliseconds; 0 without a limit.
  var timeout: UInt32 { unsafe raw.pointee.timeout }

  /// The message that begins the transfer; of a transfer to the device, its data has to follow.
  func command(sequence: UInt32, deviceID: UInt32, interval: UInt32) -> USBIPSubmit {
    let endpoint = endpoint
    var flags: USBIPTransferFlags = endpoint.isInput ? .input : []
    let addsZeroPacket = unsafe raw.pointee.flags & UInt8(truncatingIfNeeded: LIBUSB_TRANSFER_ADD_ZERO_PACKET.rawValue)
    if addsZeroPacket != 0, !endpoint.isInput, !isControl { flags.insert(.zeroPacket) }
    var command = USBIPSubmit(
      sequence: sequence, deviceID: deviceID, endpoint: endpoint, byteCount: byteCount, flags: flags)
    if let setup { command.setup = setup }
    command.interval = interval
    return command
  }

  /// Ends the transfer: from here on it belongs to its callback again.
  func finish(_ status: libusb_transfer_status, byteCount: Int) {
    unsafe raw.pointee.status = status
    unsafe raw.pointee.actual_length = Int32(clamping: byteCount)
    unsafe raw.pointee.callback?(raw)
  }
}

/// How a transfer ended, to be told outside of every lock.
struct USBIPCompletion: Equatable, Sendable {
  var transfer: USBIPTransferPointer
  var status: libusb_transfer_status
  var byteCount = 0

  func deliver() { transfer.finish(status, byteCount: byteCount) }
}

extension libusb_transfer_status {
  /// What a server's status means in libusb's terms. Unlinking that nobody here asked for is an error.
  init(_ status: USBIPStatus) {
    self =
      switch status {
      case .done, .short: LIBUSB_TRANSFER_COMPLETED
      case .stalled: LIBUSB_TRANSFER_STALL
      case .overflow: LIBUSB_TRANSFER_OVERFLOW
      case .noDevice, .gone: LIBUSB_TRANSFER_NO_DEVICE
      default: LIBUSB_TRANSFER_ERROR
      }
  }
}
