import CUSBShim
import FlashCore

extension OpenError {
  /// A failed system call, by its errno.
  static func system(operation: String, code: Int32) -> Self {
    .system(operation: operation, code: code, name: errnoName(code))
  }
}

extension LinkError {
  /// A failed system call, by its errno.
  static func system(operation: String, code: Int32) -> Self {
    .system(operation: operation, code: code, name: errnoName(code))
  }
}

/// `EACCES` for 13: the name that manual pages use.
func errnoName(_ code: Int32) -> String {
  guard let name = unsafe cusb_errno_name(code) else { return "errno \(code)" }
  return unsafe String(cString: name)
}
