public import FlashImages
public import USBWire

/// What an open link connects to, as far as its protocol has to know.
public enum LinkKind: Equatable, Sendable {
  /// A USB device (real, over USB/IP, or simulated): transfers keep their boundaries.
  case usb(USBDeviceInfo)
  /// A stream of bytes (TCP, tty): no endpoints, no transfer boundaries, no control requests.
  case stream
}

/// How an IN transfer ended.
public enum TransferEnd: Equatable, Sendable {
  /// The buffer is full; the device may have more.
  case bufferFull
  /// The device ended the transfer below the buffer's size.
  case shortPacket
  /// The device sent a zero-length packet and nothing else.
  case zeroLengthPacket
  /// The limit passed after these bytes, and no short packet had ended the transfer: what devices do that leave out
  /// the zero-length packet. Without any byte it is `LinkError.timedOut`.
  case timedOut
  /// A stream has no transfer ends: these are the bytes there were.
  case stream
}

/// One IN transfer.
public struct ReceivedTransfer: Equatable, Sendable {
  public var bytes: [UInt8]
  public var end: TransferEnd

  public init(bytes: [UInt8], end: TransferEnd) {
    self.bytes = bytes
    self.end = end
  }
}

/// Why a stream of image data stopped, and how much of it had been accepted by then.
public enum StreamError: Error, Equatable, Sendable {
  /// `accepted` bytes had completed, in order, before the failure: the device had taken them, or the consumer.
  case link(LinkError, accepted: UInt64)
  /// The file could not be read, or written.
  case image(ImageError)
}

/// An open device: ordered bytes in transfers, control requests, interfaces.
///
/// Every wait has a limit. Cancelling the task cancels the transfers in flight, returns only when their buffers are
/// ours again, and leaves the link usable for an orderly abort of the protocol. One task uses a link at a time,
/// except that one may send while another receives.
public protocol Link: AnyObject, Sendable {
  /// The selector that finds this device again (`usb:1-4.2`, `tcp:127.0.0.1:4000`, `sim:rx51`), for messages.
  var name: String { get }
  var kind: LinkKind { get }
  var clock: any LinkClock { get }

  /// Claims an interface, having detached a kernel driver that holds it; claiming twice is one claim.
  func claim(interface: UInt8) async throws(LinkError)
  /// Selects an alternate setting of a claimed interface.
  func setAlternate(_ alternate: UInt8, of interface: UInt8) async throws(LinkError)
  /// Makes a control request; `data` is sent when the setup packet says host to device. Returns what came back.
  func control(_ setup: SetupPacket, data: [UInt8], timeout: Duration) async throws(LinkError) -> [UInt8]
  /// Ends the halt of an endpoint on both sides.
  func clearHalt(_ endpoint: EndpointAddress) async throws(LinkError)

  /// Sends `bytes` as one transfer. With `terminated`, a zero-length packet follows when the length is a multiple of
  /// the endpoint's packet size, so that the device sees where the message ends.
  func send(_ bytes: [UInt8], to endpoint: EndpointAddress, terminated: Bool, timeout: Duration) async throws(LinkError)
  /// Receives one transfer of at most `count` bytes. On a stream it returns as soon as there is at least one byte.
  func receive(atMost count: Int, from endpoint: EndpointAddress, timeout: Duration) async throws(LinkError)
    -> ReceivedTransfer

  /// Sends each of `transfers` as one, without zero-length packets, in order; the next does not wait for the one before
  /// where the link can have several in flight. Before them `queue` is asked for `requests`, so that the device can answer
  /// at once. Returns when all transfers have completed, each within `timeout`.
  func send(
    each transfers: [[UInt8]], to endpoint: EndpointAddress, timeout: Duration, asking queue: (any ReceiveQueue)?,
    for requests: [Int]
  ) async throws(LinkError)
  /// A queue of requests for what the endpoint has to say, which may be made ahead. The link's other ways of receiving
  /// from this endpoint are not used while there are requests in it, and closing the link ends them.
  func receiveQueue(from endpoint: EndpointAddress) throws(LinkError) -> any ReceiveQueue

  /// Sends the next `byteCount` bytes of `image` without a zero-length packet, in transfers of `transferSize` (a
  /// multiple of the packet size), several in flight, and returns when all have completed.
  ///
  /// `idleLimit` is the longest time without any progress. Image data goes from the file into the transfer buffer
  /// and is not copied again.
  func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration
  ) async throws(StreamError)

  /// The same behind a few short transfers, which the stream does not wait for where the link can have several in flight.
  /// None of the stream's bytes overtakes them.
  func sendStream(
    _ image: ImageStream, byteCount: UInt64, to endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration,
    behind head: StreamHead
  ) async throws(StreamError)

  /// Receives up to `byteCount` bytes in transfers of `transferSize` (a multiple of the packet size), several in flight,
  /// and hands them to `consumer` in order. Returns how many there were: fewer when a short or zero-length packet ended
  /// the stream before, which is for the consumer to say (`endsAtShortTransfer`).
  ///
  /// Asks the device for no more than `byteCount`, rounded up to a whole packet at the end, so it takes nothing of what
  /// follows; a zero-length packet after exactly `byteCount` bytes is such. Of a device that ends a stream early and
  /// sends something else at once, it throws `LinkError.overflow`. `idleLimit` is the longest time without any progress.
  func receiveStream(
    byteCount: UInt64, from endpoint: EndpointAddress, transferSize: Int, idleLimit: Duration,
    into consumer: any StreamConsumer
  ) async throws(StreamError) -> UInt64

  /// Puts alternate settings back, gives interfaces and kernel drivers back, and closes. Later calls throw
  /// `LinkError.disconnected`. Never throws: what cannot be given back is gone with the device.
  func close() async
}

/// Opens one device, and finds it again after it left the bus and came back.
///
/// Made from a device selector; follows the device by its port path, whatever address or product id it returns with.
public protocol LinkProvider: AnyObject, Sendable {
  /// The selector in the form users write it.
  var name: String { get }
  /// The clock its waits run on.
  var clock: any LinkClock { get }
  /// Whether the device can leave and come back under another identity (USB), or a closed link is just closed (TCP).
  var canReenumerate: Bool { get }

  /// Finds the device now and opens it. With `waitLimit`, waits so long for it to appear first.
  func open(waitLimit: Duration?) async throws(OpenError) -> any Link
  /// Waits until the device that was opened last has left the bus and a device accepted by `isExpected` stands at the
  /// same port path, and says what that is. The last link must have been closed.
  func awaitReturn(
    within limit: Duration, where isExpected: @escaping @Sendable (USBDeviceInfo) -> Bool
  ) async throws(OpenError) -> USBDeviceInfo
  /// Ends the job: gives back what outlives its links, which for USB are kernel drivers and the device's lock.
  /// Every link must have been closed. Without this call the last reference to the provider does the same.
  func close() async
}

extension LinkProvider {
  public func close() async {}
}
