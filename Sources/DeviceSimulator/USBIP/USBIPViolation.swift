public import WireFormat

/// What a USB/IP client did that ended its connection.
public enum USBIPViolation: Error, Equatable, Sendable {
  /// A message that USB/IP does not have.
  case malformed(WireError)
  /// A command for another device than the one imported.
  case wrongDevice(id: UInt32, expected: UInt32)
  /// A transfer with the number of one that has not ended.
  case repeatedSequence(UInt32)
  /// A transfer longer than this server takes, in bytes.
  case transferTooLong(byteCount: Int, limit: Int)
  /// More transfers at once than this server takes.
  case tooManyTransfers(limit: Int)
  /// More bytes of data in transfers that have not ended than this server takes.
  case tooMuchData(limit: Int)
  /// Isochronous transfers, which no simulated device has.
  case isochronous
  /// The question that opens a connection was not complete in time.
  case tooSlow(limit: Duration)
  /// It had not asked anything when more than this many such connections were open.
  case crowdedOut(limit: Int)
}

/// What one client of a device may ask for at once. Far above what operating systems do.
enum USBIPLimits {
  /// Bytes of one transfer.
  static let transferByteCount = 64 << 20
  static let transferCount = 16384
  /// Bytes of data, of all transfers to the device that have not ended.
  static let heldByteCount = 256 << 20
  /// With so many bytes of replies unread by the client, nothing more is read from it or done for it.
  static let replyByteCount = 1 << 20
}
