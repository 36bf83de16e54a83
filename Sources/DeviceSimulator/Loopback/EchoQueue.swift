import USBWire
import WireFormat

/// Data on their way from an OUT endpoint to the IN endpoint of the same pair: transfers keep their ends, and a full
/// queue makes the OUT endpoint answer NAK.
struct EchoQueue: Sendable {
  /// Data that come back as they came: `isTerminated` where the host's transfer ended.
  struct Piece: Equatable, Sendable {
    var bytes: [UInt8]
    var isTerminated: Bool
  }

  private var pieces: [Piece] = []
  private var byteCount = 0
  /// The beginning of a packet whose rest is still to come.
  private var partial: [UInt8] = []
  private let packetSize: Int

  /// What it holds before it answers NAK.
  static let byteLimit = 1 << 20
  static let pieceLimit = 256

  init(packetSize: Int) { self.packetSize = packetSize }

  var isEmpty: Bool { pieces.isEmpty }

  mutating func receive(_ bytes: RawSpan, endsTransfer: Bool) -> ReceiveAnswer {
    let room = pieces.count < Self.pieceLimit ? Self.byteLimit - byteCount : 0
    let count = min(bytes.byteCount, room / packetSize * packetSize)
    let isWhole = count == bytes.byteCount && room > 0
    guard isWhole || count > 0 else { return .busy(byteCount: 0) }
    put(bytes.extracting(0..<count), endsTransfer: endsTransfer && isWhole)
    return isWhole ? .accepted : .busy(byteCount: count)
  }

  /// Queues whole packets, or whatever there is when the transfer ends.
  private mutating func put(_ bytes: RawSpan, endsTransfer: Bool) {
    var piece = partial
    partial = []
    unsafe bytes.withUnsafeBytes { unsafe piece.append(contentsOf: $0) }
    if !endsTransfer, piece.count % packetSize != 0 {
      let whole = piece.count / packetSize * packetSize
      partial = Array(piece[whole...])
      piece.removeLast(piece.count - whole)
    }
    guard endsTransfer || !piece.isEmpty else { return }
    byteCount += piece.count
    pieces.append(Piece(bytes: piece, isTerminated: endsTransfer))
  }

  mutating func transmit() -> TransmitAnswer {
    guard !pieces.isEmpty else { return .nothing }
    let piece = pieces.removeFirst()
    byteCount -= piece.bytes.count
    return .transfer(piece.bytes, isTerminated: piece.isTerminated)
  }
}
