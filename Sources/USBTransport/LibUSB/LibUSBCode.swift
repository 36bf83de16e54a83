import CUSBShim
import FlashCore

/// libusb's return codes (`enum libusb_error`).
enum LibUSBCode {
  static let io = LIBUSB_ERROR_IO.rawValue
  static let access = LIBUSB_ERROR_ACCESS.rawValue
  static let noDevice = LIBUSB_ERROR_NO_DEVICE.rawValue
  static let notFound = LIBUSB_ERROR_NOT_FOUND.rawValue
  static let busy = LIBUSB_ERROR_BUSY.rawValue
  static let interrupted = LIBUSB_ERROR_INTERRUPTED.rawValue
  static let noMemory = LIBUSB_ERROR_NO_MEM.rawValue

  /// `LIBUSB_ERROR_BUSY` for −6.
  static func name(_ code: Int32) -> String { unsafe String(cString: libusb_error_name(code)) }
}

extension LinkError {
  /// What a call of libusb that failed means for the link; `feature` is what the device lacks if it was not found.
  static func libusb(_ code: Int32, operation: String, feature: String) -> Self {
    switch code {
    case LibUSBCode.noDevice: .disconnected
    case LibUSBCode.notFound: .unsupported(feature: feature)
    default: .system(operation: operation, code: code, name: LibUSBCode.name(code))
    }
  }
}
