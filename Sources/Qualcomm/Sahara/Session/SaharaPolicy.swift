/// The limits and sizes of Sahara sessions, all of them the host's choice.
///
/// Source of the defaults: `docs/protocols/sahara.md` 6.3.
public struct SaharaPolicy: Equatable, Sendable {
  /// For the first packet, and for the answer to each probe.
  public var probeLimit: Duration = .seconds(1)
  /// For every other packet: a ROM may check a signature before it asks for more.
  public var packetLimit: Duration = .seconds(5)
  /// For what a device may leave out: the packet after the last DONE_RSP that says "pending".
  public var pendingLimit: Duration = .seconds(1)
  /// Raw image data: the longest time without progress.
  public var imageIdleLimit: Duration = .seconds(5)
  /// For one piece of memory.
  public var chunkLimit: Duration = .seconds(30)
  /// How long a device may be away that drops off the bus when its memory is asked for (5.1).
  public var reappearLimit: Duration = .seconds(5)
  /// How long a device may be away whose programmer starts as a new device.
  public var programmerLimit: Duration = .seconds(10)
  /// Bytes of memory per request.
  public var chunkByteCount = 512 << 10
  /// The size of image transfers, a multiple of every packet size.
  public var transferByteCount = 256 << 10
  /// The longest answer to a client command, in bytes.
  public var answerByteCount = 1 << 20
  /// Bytes without meaning that are read away at the start.
  public var noiseByteCount: UInt64 = 8 << 20
  /// How long such bytes are read away, however few they are.
  public var noiseTotal: Duration = .seconds(30)
  /// HELLO packets in a row without progress.
  public var helloLimit = 4
  /// Requests for one image.
  public var requestLimit = 1 << 20
  /// What lies beyond the end of an image is sent as FF instead of being an error (`--pad-loader`).
  public var padsImages = false
  /// Bytes that are padded in one request.
  public var paddingByteCount: UInt64 = 16 << 20

  public init() {}

  /// Puts the user's `--timeout` in place of every limit on silence.
  public mutating func replaceLimits(with timeout: Duration) {
    probeLimit = timeout
    packetLimit = timeout
    pendingLimit = timeout
    imageIdleLimit = timeout
    chunkLimit = timeout
  }
}
