/// A client's end of a stream of bytes, without waiting: a socket, or a pseudo-terminal that somebody has opened.
protocol StreamConnection: AnyObject, Sendable {
  /// What `poll` waits for.
  var descriptor: Int32 { get }

  func receive(into buffer: UnsafeMutableRawBufferPointer) -> StreamProgress
  func send(_ bytes: ArraySlice<UInt8>) -> StreamProgress
}

/// What became of a read or a write.
enum StreamProgress: Equatable {
  case moved(Int)
  case wouldBlock
  /// The peer has closed, or the connection is broken.
  case closed
}

/// Where the clients of a stream come from.
protocol StreamListener: AnyObject, Sendable {
  /// Readable when a client may be there.
  var descriptor: Int32 { get }

  /// The next client; `nil` when there is none (any more).
  func acceptConnection() -> (any StreamConnection)?
  /// Refuses further clients, and those that have not been accepted yet.
  func stopListening()
}
