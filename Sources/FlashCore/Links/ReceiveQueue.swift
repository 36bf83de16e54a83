public import FlashImages
import WireFormat

/// What one request of a queue has brought, where it lies.
public protocol ReceivedPiece: Sendable {
  var byteCount: Int { get }
  /// Hands some of the bytes on; they are valid during the call only.
  func hand(_ range: Range<Int>, to consumer: any StreamConsumer) throws(ImageError)
  /// A copy of some of the bytes.
  func bytes(_ range: Range<Int>) -> [UInt8]
}

/// How a request has ended, with all that it brought by then.
public struct ReceiveCompletion: Sendable {
  public var piece: any ReceivedPiece
  /// Whether it was filled, the last byte in its last packet.
  public var isFull: Bool
  /// Why it ended early, if not by what the device sent.
  public var error: LinkError?

  public init(piece: any ReceivedPiece, isFull: Bool, error: LinkError? = nil) {
    self.piece = piece
    self.isFull = isFull
    self.error = error
  }
}

/// Requests for data of one IN endpoint, made before anybody waits for them, so that what a device says next need not wait
/// for the host to have understood what it said before.
///
/// The device answers them in their order. One that is longer than what the device has to say ends with a short packet or
/// not at all: whoever asks ahead asks for single packets, or knows what comes. One task uses a queue at a time.
public protocol ReceiveQueue: AnyObject, Sendable {
  /// How many long requests are worth being in flight.
  var depth: Int { get }

  /// Asks for one transfer of at most `byteCount` bytes, in whole packets, behind those that are asked for already.
  func request(_ byteCount: Int) throws(LinkError)
  /// Waits for the oldest request, and takes it. When it has not ended within `limit`, or the task is cancelled, all are
  /// taken back; `nil` when there is none.
  func next(limit: Duration) async -> ReceiveCompletion?
  /// Takes all requests back. Returns what they brought before.
  func cancel() async -> [UInt8]
}

/// Bytes in memory as a piece.
public struct ReceivedBytes: ReceivedPiece {
  private let content: [UInt8]

  public init(_ bytes: [UInt8]) { content = bytes }

  public var byteCount: Int { content.count }

  public func hand(_ range: Range<Int>, to consumer: any StreamConsumer) throws(ImageError) {
    let range = range.clamped(to: 0..<content.count)
    try consumer.consume(content.rawSpan.extracting(range))
  }

  public func bytes(_ range: Range<Int>) -> [UInt8] {
    range == 0..<content.count ? content : Array(content[range.clamped(to: 0..<content.count)])
  }
}
