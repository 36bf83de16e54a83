/// Counts raw data that a device was asked for, and notices a refusal in its place.
///
/// A refusal is a transfer that is END_OF_IMAGE_TX and nothing else, where more than its 16 bytes were due. Source:
/// `docs/protocols/sahara.md` 5.1.
public struct SaharaDataReceiver: Equatable, Sendable {
  public let expected: UInt64
  public private(set) var received: UInt64 = 0

  public init(expected: UInt64) { self.expected = expected }

  public var isComplete: Bool { received == expected }

  public enum Failure: Error, Equatable, Sendable {
    case refused(SaharaStatus)
    case excess(received: UInt64)
  }

  /// Takes in one transfer; an empty one, which only ends the one before, changes nothing.
  public mutating func receive(_ transfer: [UInt8]) throws(Failure) {
    if expected != UInt64(SaharaEndOfImage.byteCount), let end = SaharaEndOfImage(inPlaceOfData: transfer) {
      throw .refused(end.status)
    }
    let (total, overflows) = received.addingReportingOverflow(UInt64(transfer.count))
    guard !overflows, total <= expected else { throw .excess(received: overflows ? .max : total) }
    received = total
  }
}
