import FlashCore

/// What the thread of a connection does: it waits, receives, tells what has ended, and closes when all is over.
struct USBIPConnectionThread {
  /// Time limits are looked at after so many receptions, however much the server sends.
  private static let readLimit = 16

  private let connection: USBIPConnection
  private var reader: USBIPReplyReader

  init(_ connection: USBIPConnection, _ reader: USBIPReplyReader) {
    self.connection = connection
    self.reader = reader
  }

  mutating func run() {
    while true {
      let plan = connection.plan(now: MonotonicClock.now)
      for completion in plan.completions { completion.deliver() }
      if plan.isOver { break }
      let ready = connection.wait(plan)
      if ready.canWrite { connection.unblock() }
      if ready.canRead { read() }
    }
    connection.end()
  }

  private mutating func read() {
    for _ in 0..<Self.readLimit {
      do throws(USBIPViolation) {
        switch try connection.read(&reader) {
        case .more: continue
        case .drained: return
        case .ended, .failed: return connection.fail(.disconnected)
        }
      } catch {
        return connection.fail(.violation(field: error.field, value: error.value))
      }
    }
  }
}
