import CUSBShim
import FlashCore
import USBWire

/// How one transfer ended, and how many bytes it had moved by then.
struct TransferCompletion: Equatable, Sendable {
  enum Status: Equatable, Sendable {
    case completed
    case timedOut
    case cancelled
    case stalled
    case disconnected
    case overflow
    /// The bus reported an error: the device may just have been unplugged.
    case failed
    /// The transfer was never begun: libusb's code.
    case refused(Int32)

    init(_ status: libusb_transfer_status) {
      self =
        switch status {
        case LIBUSB_TRANSFER_COMPLETED: .completed
        case LIBUSB_TRANSFER_TIMED_OUT: .timedOut
        case LIBUSB_TRANSFER_CANCELLED: .cancelled
        case LIBUSB_TRANSFER_STALL: .stalled
        case LIBUSB_TRANSFER_NO_DEVICE: .disconnected
        case LIBUSB_TRANSFER_OVERFLOW: .overflow
        default: .failed
        }
    }
  }

  var status: Status
  var byteCount: Int

  static let cancelled = Self(status: .cancelled, byteCount: 0)

  /// The error this is; `nil` for a transfer that completed.
  func error(endpoint: EndpointAddress, timeout: Duration) -> LinkError? {
    switch status {
    case .completed: nil
    case .timedOut: .timedOut(after: timeout)
    case .cancelled: .cancelled
    case .stalled: .stalled(endpoint: endpoint)
    case .disconnected: .disconnected
    case .overflow: .overflow(endpoint: endpoint)
    case .failed: .system(operation: "transfer \(endpoint)", code: LibUSBCode.io, name: "LIBUSB_TRANSFER_ERROR")
    case .refused(let code): .libusb(code, operation: "transfer \(endpoint)", feature: endpoint.description)
    }
  }
}
