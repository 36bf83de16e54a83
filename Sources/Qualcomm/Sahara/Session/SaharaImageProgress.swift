/// How far an image transfer has got.
///
/// Ranges are asked for in any order and some never, so an image's progress is the furthest byte asked for, not a count.
public struct SaharaImageProgress: Equatable, Sendable {
  /// The image at hand; `nil` before the first.
  public var imageID: UInt64?
  /// Where the furthest request for it ends.
  public var position: UInt64 = 0
  public var imageByteCount: UInt64 = 0
  /// Requests for this image, and bytes asked for.
  public var requests = 0
  public var requestedByteCount: UInt64 = 0

  public init() {}

  /// The bytes that a device may ask for in all are this many times the image's.
  private static let patience: UInt64 = 64

  /// Counts one request. Throws where a device asks without end.
  mutating func count(
    _ request: SaharaReadData, of byteCount: UInt64, policy: SaharaPolicy
  ) throws(SaharaError) {
    if imageID != request.imageID {
      self = SaharaImageProgress()
      imageID = request.imageID
      imageByteCount = byteCount
    }
    requests += 1
    let (end, isBeyond) = request.offset.addingReportingOverflow(request.length)
    let (sum, overflows) = requestedByteCount.addingReportingOverflow(request.length)
    guard !isBeyond else {
      throw .requestBeyondImage(
        id: request.imageID, offset: request.offset, length: request.length, imageLength: byteCount)
    }
    requestedByteCount = overflows ? .max : sum
    let (most, isEndless) = max(byteCount, 1 << 20).multipliedReportingOverflow(by: Self.patience)
    guard requests <= policy.requestLimit, isEndless || requestedByteCount <= most else {
      throw .endlessRequests(id: request.imageID, requests: requests, byteCount: requestedByteCount)
    }
    position = max(position, min(end, byteCount))
  }
}
