/// Memory on its way to the host, read as it leaves.
struct SaharaMemoryReader: Sendable {
  let memory: SaharaMemory
  var address: UInt64
  var left: UInt64
  let pieceByteCount: Int
  /// Whether each piece is a transfer of its own.
  let isSplit: Bool

  var isAtEnd: Bool { left == 0 }

  mutating func next(endsData: Bool) -> TransmitAnswer {
    let count = Int(min(left, UInt64(pieceByteCount)))
    // A file that cannot be read any more reads as zeros: the memory of a device has no such errors.
    let bytes = (try? memory.bytes(at: address, count: count)) ?? [UInt8](repeating: 0, count: count)
    address &+= UInt64(count)
    left -= UInt64(count)
    return .transfer(bytes, isTerminated: isSplit || isAtEnd && endsData)
  }
}
