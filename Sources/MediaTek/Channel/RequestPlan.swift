/// The requests for what a device sends next, by their sizes: those that have been made, and those that are to be.
///
/// A device that has sent a run of whole packets and waits for the host ends it with nothing: a request that is longer than
/// the run would stay open until the device says something else. So what is asked for ahead of a header is a single packet
/// where a header or a status is due, and where data are due exactly what the frame is expected to have. Everything else
/// ends such a request early, with a short packet, and what it has brought is kept in order. The one case in which it does
/// not (`isTooLong`) is found when the frame's header is there. Source: `docs/protocols/mtk-xflash.md` 20.
struct RequestPlan: Equatable, Sendable {
  /// wMaxPacketSize.
  let packetByteCount: Int
  /// Requests in flight, the oldest first.
  private(set) var made: [Int] = []
  /// Requests to be made behind those.
  private(set) var planned: [Int] = []
  /// Whether the device sends its frames as expected; once it has not, nothing is asked for ahead any more.
  private(set) var isRegular = true

  init(packetByteCount: Int) { self.packetByteCount = max(1, packetByteCount) }

  var isAnyMade: Bool { !made.isEmpty }

  private var byteCount: UInt64 { (made + planned).reduce(0) { $0 + UInt64($1) } }

  /// So many bytes, rounded up to whole packets: a shorter request would overflow.
  private func wholePackets(_ count: UInt64) -> UInt64 {
    let packet = UInt64(packetByteCount)
    let (sum, overflows) = max(1, count).addingReportingOverflow(packet - 1)
    return overflows ? count / packet * packet : sum / packet * packet
  }

  private func pieces(_ count: UInt64, of pieceByteCount: Int) -> [Int] {
    var pieces: [Int] = []
    var left = wholePackets(count)
    while left > 0, pieces.count < Self.plannedLimit {
      let piece = Int(min(left, wholePackets(UInt64(max(1, pieceByteCount)))))
      pieces.append(piece)
      left -= UInt64(piece)
    }
    return pieces
  }

  /// Longer frames are planned as they come.
  private static let plannedLimit = 64

  /// `missing` bytes of a frame are to come, more than none: plans the requests for them, unless those are planned. Gives
  /// up what was planned for a frame of another size. `pieceByteCount` is the size of a request, in whole packets.
  mutating func cover(_ missing: UInt64, in pieceByteCount: Int) {
    if byteCount > missing, byteCount != wholePackets(missing) {
      isRegular = isRegular && made.isEmpty
      planned = []
    }
    guard planned.count < Self.plannedLimit else { return }
    if byteCount < missing { planned += pieces(missing - byteCount, of: pieceByteCount) }
  }

  /// Plans single packets and exact requests for the transfers that are expected behind a frame, all of which has come.
  mutating func follow(with transfers: [UInt64], in pieceByteCount: Int) {
    guard isRegular, made.isEmpty, planned.isEmpty else { return }
    for transfer in transfers { planned += pieces(transfer, of: pieceByteCount) }
  }

  /// The next requests to make, so that no more than `limit` are in flight.
  mutating func make(limit: Int) -> [Int] {
    let next = Array(planned.prefix(max(0, limit - made.count)))
    planned.removeFirst(next.count)
    made += next
    return next
  }

  /// Makes a request where there is none.
  mutating func makeFirst(_ byteCount: UInt64, limit: Int) -> Int {
    planned = []
    let size = Int(min(wholePackets(byteCount), wholePackets(UInt64(limit))))
    made.append(size)
    return size
  }

  /// The oldest request has ended, and was taken. Returns its size.
  @discardableResult
  mutating func take() -> Int? { made.isEmpty ? nil : made.removeFirst() }

  /// The device does something else than expected: what is in flight stays, and nothing more is planned.
  mutating func giveUp() {
    planned = []
    isRegular = false
  }

  /// All requests have been taken back.
  mutating func clear() {
    made = []
    giveUp()
  }

  /// Whether a request in flight would stay open behind the `missing` bytes of a frame: where those are whole packets and a
  /// request goes beyond them.
  func isTooLong(for missing: UInt64) -> Bool {
    guard missing % UInt64(packetByteCount) == 0 else { return false }
    var covered: UInt64 = 0
    for size in made where covered < missing {
      covered += UInt64(size)
      if covered > missing { return true }
    }
    return false
  }
}
