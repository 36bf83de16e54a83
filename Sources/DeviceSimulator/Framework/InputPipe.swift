/// Data a device has sent on an IN endpoint and the host has not yet read all of.
struct InputPipe: Sendable {
  private var bytes: [UInt8] = []
  private var offset = 0
  /// Whether the device ends what is here with a zero-length packet if its length asks for one.
  private var isTerminated = false
  /// A zero-length packet that is still to come.
  private var owesZeroLengthPacket = false
  /// The host gets nothing before this moment.
  var notBefore: Duration?

  var isEmpty: Bool { offset == bytes.count && !owesZeroLengthPacket }

  /// One read of the host, in packets of `packetSize`.
  enum Read: Equatable {
    case bytes([UInt8], isEnd: Bool)
    /// The device's transfer is open-ended and there is room for more.
    case wantsMore
    case overflow
  }

  mutating func put(_ transfer: [UInt8], isTerminated: Bool) {
    if offset == bytes.count {
      bytes = transfer
      offset = 0
    } else {
      bytes += transfer
    }
    self.isTerminated = isTerminated
    owesZeroLengthPacket = transfer.isEmpty && offset == bytes.count
  }

  /// Takes what one host transfer of `count` bytes gets. `isFlushed` says that the device has nothing to add now.
  mutating func take(atMost count: Int, packetSize: Int) -> Read {
    let available = bytes.count - offset
    if available == 0, owesZeroLengthPacket {
      owesZeroLengthPacket = false
      return .bytes([], isEnd: true)
    }
    if available > count, count % packetSize != 0 {
      clear()
      return .overflow
    }
    let isWhole = available <= count
    let endsOnPacket = available % packetSize == 0
    if isWhole, endsOnPacket, available < count, !isTerminated { return .wantsMore }
    let taken = min(available, count)
    let piece = offset == 0 && isWhole ? bytes : Array(bytes[offset..<offset + taken])
    offset += taken
    if !isWhole { return .bytes(piece, isEnd: false) }
    let isEnd = !endsOnPacket || taken < count
    owesZeroLengthPacket = endsOnPacket && isTerminated && !isEnd
    bytes = []
    offset = 0
    return .bytes(piece, isEnd: isEnd)
  }

  private mutating func clear() { self = InputPipe() }
}
