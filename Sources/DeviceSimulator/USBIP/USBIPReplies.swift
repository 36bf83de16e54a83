import USBWire

/// Replies on their way to a client: small ones together in one piece of memory, the data of large ones as the device
/// made them.
struct USBIPReplies {
  private var pieces: [ArraySlice<UInt8>] = []
  /// Whether the last piece is one of headers and small data, which takes more.
  private var isLastOpen = false
  /// Bytes that the client has not taken.
  private(set) var byteCount = 0

  var isEmpty: Bool { byteCount == 0 }

  /// Data up to this size are copied behind their header, so that many small replies make one write.
  private static let largestCopied = 4 << 10

  mutating func append(_ completion: URBCompletion) {
    let reply = USBIPReply.submit(
      sequence: completion.sequence, status: completion.status, byteCount: completion.byteCount)
    appendSmall(reply)
    guard !completion.data.isEmpty else { return }
    byteCount += completion.data.count
    if completion.data.count <= Self.largestCopied {
      pieces[pieces.count - 1].append(contentsOf: completion.data)
    } else {
      pieces.append(completion.data[...])
      isLastOpen = false
    }
  }

  mutating func append(_ reply: USBIPReply) { appendSmall(reply) }

  /// Appends what is no command: the answer to an import.
  mutating func append(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    pieces.append(bytes[...])
    isLastOpen = false
    byteCount += bytes.count
  }

  private mutating func appendSmall(_ reply: USBIPReply) {
    var header: [UInt8] = []
    header.reserveCapacity(USBIPReply.byteCount)
    reply.serialize(into: &header)
    byteCount += header.count
    if isLastOpen {
      pieces[pieces.count - 1].append(contentsOf: header)
    } else {
      pieces.append(header[...])
      isLastOpen = true
    }
  }

  /// Sends what the client takes; `false` when it has gone.
  mutating func send(to socket: StreamSocket) -> Bool {
    var sent = 0
    defer {
      pieces.removeFirst(sent)
      if pieces.isEmpty { isLastOpen = false }
    }
    while sent < pieces.count {
      let second = sent + 1 < pieces.count ? pieces[sent + 1] : []
      switch socket.send(pieces[sent], then: second) {
      case .moved(let count): sent += take(count, from: sent)
      case .wouldBlock: return true
      case .closed: return false
      }
    }
    return true
  }

  /// Notes that `count` bytes of the pieces from `first` on are sent, and returns how many pieces that ends.
  private mutating func take(_ count: Int, from first: Int) -> Int {
    byteCount -= count
    var rest = count
    var ended = 0
    while first + ended < pieces.count, rest >= pieces[first + ended].count {
      rest -= pieces[first + ended].count
      ended += 1
    }
    if rest > 0 { pieces[first + ended].removeFirst(rest) }
    return ended
  }
}
