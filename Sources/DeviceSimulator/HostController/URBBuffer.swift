/// Memory for the data of one transfer to the device: filled by whoever receives them, then read by the device.
///
/// One owner at a time writes to it: the receiver until the transfer is submitted, nobody afterwards.
@safe final class URBBuffer: @unchecked Sendable {
  private let memory: UnsafeMutableRawBufferPointer

  var capacity: Int { unsafe memory.count }

  init(capacity: Int) {
    unsafe memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 64)
  }

  deinit { unsafe memory.deallocate() }

  /// The place of `range`, which lies within the capacity, to be written to.
  @unsafe func place(of range: Range<Int>) -> UnsafeMutableRawBufferPointer {
    unsafe UnsafeMutableRawBufferPointer(rebasing: memory[range])
  }

  /// Lends the bytes of `range`, which has been filled.
  func withBytes<Result>(_ range: Range<Int>, _ body: (RawSpan) -> Result) -> Result {
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: memory[range])
    return body(unsafe bytes.bytes)
  }
}

/// Buffers that wait for their next transfer, so that a stream of transfers allocates nothing.
struct URBBufferPool: Sendable {
  private var spares: [URBBuffer] = []
  private var spareByteCount = 0

  private static let smallest = 4 << 10
  private static let spareLimit = 64
  private static let spareByteLimit = 32 << 20

  /// A buffer for `byteCount` bytes, a number that has been checked. Memory that is never written costs nothing.
  mutating func take(_ byteCount: Int) -> URBBuffer {
    // A large buffer is not spent on a small transfer: others may need it.
    let largest = max(Self.smallest, 8 * byteCount)
    if let index = spares.lastIndex(where: { $0.capacity >= byteCount && $0.capacity <= largest }) {
      let buffer = spares.remove(at: index)
      spareByteCount -= buffer.capacity
      return buffer
    }
    var capacity = Self.smallest
    while capacity < byteCount { capacity *= 2 }
    return URBBuffer(capacity: capacity)
  }

  mutating func giveBack(_ buffer: URBBuffer) {
    guard spares.count < Self.spareLimit, spareByteCount + buffer.capacity <= Self.spareByteLimit else { return }
    spares.append(buffer)
    spareByteCount += buffer.capacity
  }
}
