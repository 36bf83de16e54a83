import Glibc

/// The other end of the bare copies, a process of its own: does what the first byte of each connection says.
struct BarePeer {
  enum Task: UInt8 {
    /// Takes blocks and answers each with one message.
    case take = 1
    /// Sends blocks.
    case give = 2
    /// Answers each message of the size of a transfer with one of the size of its answer.
    case answer = 3
    case end = 4
  }

  static let command = 48
  static let messageSize = 64

  /// Prints the port, then serves until it is told to end.
  func serve() throws {
    let listener = Socket.listening()
    let line = Array("\(listener.port)\n".utf8)
    _ = write(STDOUT_FILENO, line, line.count)
    // Should the other end be lost, this one ends by itself.
    alarm(900)
    while true {
      let connection = listener.accept()
      switch Task(rawValue: connection.receive(1)[0]) {
      case .take: take(connection)
      case .give: give(connection)
      case .answer: answer(connection)
      case .end, nil: return
      }
      connection.close()
    }
  }

  private func take(_ connection: Socket) {
    var block = [UInt8](repeating: 0, count: LinkBenchmarks.blockSize)
    for _ in 0..<LinkBenchmarks.byteCount / LinkBenchmarks.blockSize { connection.receive(into: &block) }
    connection.send([1])
  }

  private func give(_ connection: Socket) {
    let block = [UInt8](repeating: 7, count: LinkBenchmarks.blockSize)
    for _ in 0..<LinkBenchmarks.byteCount / LinkBenchmarks.blockSize { connection.send(block) }
  }

  private func answer(_ connection: Socket) {
    var message = [UInt8](repeating: 0, count: Self.command + Self.messageSize)
    let reply = [UInt8](repeating: 0, count: Self.command)
    while connection.receive(into: &message) { connection.send(reply) }
  }
}

/// This end of the bare copies.
struct BareConnection {
  private let port: UInt16

  /// Starts the peer and reads where it listens.
  init() throws {
    guard let output = popen("'\(CommandLine.arguments[0])' peer", "r") else { throw Failure.noPeer }
    var line = [CChar](repeating: 0, count: 32)
    guard fgets(&line, 32, output) != nil, let port = UInt16(Self.text(line)) else {
      throw Failure.noPeer
    }
    self.port = port
  }

  enum Failure: Error { case noPeer }

  private static func text(_ line: [CChar]) -> String {
    String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Ends the peer.
  func end() {
    let connection = Socket.connected(to: port)
    connection.send([BarePeer.Task.end.rawValue])
    connection.close()
  }

  func copy(_ direction: Direction) throws -> Duration {
    let connection = Socket.connected(to: port)
    defer { connection.close() }
    var block = [UInt8](repeating: 7, count: LinkBenchmarks.blockSize)
    let begin = ContinuousClock.now
    connection.send([direction == .out ? BarePeer.Task.take.rawValue : BarePeer.Task.give.rawValue])
    for _ in 0..<LinkBenchmarks.byteCount / LinkBenchmarks.blockSize {
      if direction == .out { connection.send(block) } else { connection.receive(into: &block) }
    }
    if direction == .out { _ = connection.receive(1) }
    return ContinuousClock.now - begin
  }

  func roundTrips(_ count: Int) throws -> Duration {
    let connection = Socket.connected(to: port)
    defer { connection.close() }
    connection.send([BarePeer.Task.answer.rawValue])
    let message = [UInt8](repeating: 7, count: BarePeer.command + BarePeer.messageSize)
    var reply = [UInt8](repeating: 0, count: BarePeer.command)
    let begin = ContinuousClock.now
    for _ in 0..<count {
      connection.send(message)
      connection.receive(into: &reply)
    }
    return ContinuousClock.now - begin
  }
}
