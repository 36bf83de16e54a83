import CUSBShim
import FlashCore
import Glibc

/// A device node that is open, wrapped for libusb.
///
/// The node is opened here and handed over (`libusb_wrap_sys_device`), so that libusb need not enumerate every device
/// first, and a refusal is the system's own errno.
@safe final class LibUSBDevice: Sendable {
  private let context: LibUSBContext
  private let node: Int32
  private nonisolated(unsafe) let handle: OpaquePointer
  private let isClosed = Locked(false)

  /// Blocks while the kernel opens the node and the device says which configuration is active.
  init(node path: String) throws(OpenError) {
    context = try LibUSBContext.shared()
    let node = unsafe open(path, O_RDWR | O_CLOEXEC)
    guard node >= 0 else { throw Self.refusal(errno, path) }
    var handle: OpaquePointer?
    let code = unsafe libusb_wrap_sys_device(context.raw, Int(node), &handle)
    guard code == 0, let handle = unsafe handle else {
      _ = Glibc.close(node)
      throw .link(.libusb(code, operation: "libusb_wrap_sys_device", feature: path), while: "open")
    }
    self.node = node
    unsafe self.handle = handle
  }

  deinit { close() }

  private static func refusal(_ code: Int32, _ path: String) -> OpenError {
    switch code {
    case EACCES, EPERM: .permissionDenied(path: path)
    case ENODEV, ENXIO: .link(.disconnected, while: "open")
    default: .system(operation: "open \(path)", code: code)
    }
  }

  func close() {
    let isFirst = isClosed.withLock { isClosed -> Bool in
      defer { isClosed = true }
      return !isClosed
    }
    guard isFirst else { return }
    unsafe libusb_close(handle)
    _ = Glibc.close(node)
  }

  /// The device's calls; they keep it alive.
  var calls: DeviceCalls {
    unsafe DeviceCalls(
      submit: { [self] transfer in
        unsafe transfer.pointee.dev_handle = handle
        return unsafe libusb_submit_transfer(transfer)
      },
      cancel: { unsafe libusb_cancel_transfer($0) },
      allocate: { [self] in allocate($0) },
      claim: { [self] in unsafe libusb_claim_interface(handle, Int32($0)) },
      release: { [self] in unsafe libusb_release_interface(handle, Int32($0)) },
      setAlternate: { [self] in unsafe libusb_set_interface_alt_setting(handle, Int32($0), Int32($1)) },
      clearHalt: { [self] in unsafe libusb_clear_halt(handle, $0) },
      detachDriver: { [self] in unsafe libusb_detach_kernel_driver(handle, Int32($0)) },
      close: { [self] in close() })
  }

  /// Memory mapped from the node, which the controller reads and writes itself; ordinary memory where the kernel
  /// has none of that kind (before 4.6, or past `usbfs_memory_mb`).
  private func allocate(_ capacity: Int) -> TransferBuffer? {
    guard let base = unsafe libusb_dev_mem_alloc(handle, capacity) else { return TransferBuffer(capacity: capacity) }
    return unsafe TransferBuffer(base: base, capacity: capacity) { [self] in unsafe free($0, capacity) }
  }

  private func free(_ base: UnsafeMutableRawPointer, _ capacity: Int) {
    isClosed.withLock { isClosed in
      if isClosed {
        unsafe munmap(base, capacity)
      } else {
        _ = unsafe libusb_dev_mem_free(handle, base.assumingMemoryBound(to: UInt8.self), capacity)
      }
    }
  }
}
