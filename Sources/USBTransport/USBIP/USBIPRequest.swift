import CUSBShim
import Dispatch
import FlashCore
import USBWire

/// A control request without data that its caller waits for, away from the threads that tasks run on.
///
/// The connection ends it within its limit and the one for an UNLINK.
@safe final class USBIPRequest: Sendable {
  private nonisolated(unsafe) let raw: UnsafeMutablePointer<libusb_transfer>
  private let buffer: TransferBuffer
  private let end = DispatchSemaphore(value: 0)

  /// `nil` when there is no memory left.
  init?(_ setup: SetupPacket) {
    guard let buffer = TransferBuffer(capacity: SetupPacket.byteCount), let raw = unsafe libusb_alloc_transfer(0) else {
      return nil
    }
    var packet: [UInt8] = []
    setup.serialize(into: &packet)
    buffer.store(packet)
    self.buffer = buffer
    unsafe self.raw = raw
  }

  deinit { unsafe libusb_free_transfer(raw) }

  /// Returns libusb's code.
  func run(on connection: USBIPConnection, limit: Duration) -> Int32 {
    unsafe raw.pointee.type = EndpointDescriptor.TransferType.control.rawValue
    unsafe raw.pointee.buffer = buffer.base.assumingMemoryBound(to: UInt8.self)
    unsafe raw.pointee.length = Int32(SetupPacket.byteCount)
    unsafe raw.pointee.timeout = USBTransfer.milliseconds(limit)
    unsafe raw.pointee.callback = requestHasEnded
    unsafe raw.pointee.user_data = Unmanaged.passRetained(self).toOpaque()
    let code = connection.submit(unsafe USBIPTransferPointer(raw))
    guard code == 0 else {
      unsafe Unmanaged<USBIPRequest>.fromOpaque(raw.pointee.user_data).release()
      return code
    }
    end.wait()
    return switch unsafe raw.pointee.status {
    case LIBUSB_TRANSFER_COMPLETED: 0
    case LIBUSB_TRANSFER_STALL: LIBUSB_ERROR_PIPE.rawValue
    case LIBUSB_TRANSFER_NO_DEVICE: LibUSBCode.noDevice
    case LIBUSB_TRANSFER_TIMED_OUT: LIBUSB_ERROR_TIMEOUT.rawValue
    default: LibUSBCode.io
    }
  }

  fileprivate func hasEnded() { end.signal() }
}

private func requestHasEnded(_ raw: UnsafeMutablePointer<libusb_transfer>?) {
  guard let context = unsafe raw?.pointee.user_data else { return }
  unsafe Unmanaged<USBIPRequest>.fromOpaque(context).takeRetainedValue().hasEnded()
}
