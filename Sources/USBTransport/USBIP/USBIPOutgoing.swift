import Glibc
import USBWire

/// One message on its way to the server: a header, and behind that of a transfer to the device the transfer's data,
/// sent from where it lies.
struct USBIPOutgoing: Sendable {
  private let header: [UInt8]
  /// The transfer whose data follows the header.
  private let payload: USBIPTransferPointer?
  /// Of the SUBMIT that this is; `nil` for others.
  let sequence: UInt32?
  /// How much of header and data the system has taken.
  private(set) var sentCount = 0
  /// Whether another message follows at once: then the system need not send the end of this one by itself.
  var isFollowed = false

  init(_ command: USBIPSubmit, of transfer: USBIPTransferPointer) {
    header = Self.bytes(of: .submit(command))
    payload = command.endpoint.isInput || command.byteCount == 0 ? nil : transfer
    sequence = command.sequence
  }

  init(_ unlink: USBIPUnlink) {
    header = Self.bytes(of: .unlink(unlink))
    payload = nil
    sequence = nil
  }

  private static func bytes(of command: USBIPCommand) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(USBIPCommand.byteCount)
    command.serialize(into: &bytes)
    return bytes
  }

  /// Hands the rest to a socket that does not block. Returns 0 when all has been taken, else the errno.
  mutating func send(to descriptor: Int32) -> Int32 {
    var code = sendOnce(to: descriptor)
    while code == EINTR || code == EINPROGRESS { code = sendOnce(to: descriptor) }
    return code
  }

  /// One call for header and data; EINPROGRESS when there is more to be sent.
  private mutating func sendOnce(to descriptor: Int32) -> Int32 {
    let data = unsafe payload?.data ?? UnsafeMutableRawBufferPointer(start: nil, count: 0)
    let total = header.count + data.count
    let taken = unsafe header.withUnsafeBytes { header in
      let headRest = unsafe UnsafeMutableRawBufferPointer(mutating: Self.rest(of: header, after: sentCount))
      let dataRest = unsafe UnsafeMutableRawBufferPointer(rebasing: data[max(0, sentCount - header.count)...])
      return unsafe SocketVectors(headRest, dataRest).send(to: descriptor, isFollowed: isFollowed)
    }
    guard taken >= 0 else { return errno }
    sentCount += taken
    return sentCount == total ? 0 : EINPROGRESS
  }

  private static func rest(of header: UnsafeRawBufferPointer, after count: Int) -> UnsafeRawBufferPointer {
    unsafe UnsafeRawBufferPointer(rebasing: header[min(count, header.count)...])
  }
}
