import USBWire
import WireFormat

/// The question that opens a USB/IP connection, as far as it has arrived, and the answer on its way. No waiting.
struct USBIPHandshake {
  let socket: StreamSocket
  /// When it is over, answered or not.
  let deadline: Duration
  private var received: [UInt8] = []
  private var answer: ArraySlice<UInt8>?

  /// How long a client may take.
  static let limit: Duration = .seconds(10)

  init(_ socket: StreamSocket, at now: Duration) {
    self.socket = socket
    deadline = now + Self.limit
  }

  /// What a client wants.
  enum Question: Equatable {
    case list
    case device(busID: String)
  }

  /// Whether it waits for the client to read instead of for its question.
  var isAnswering: Bool { answer != nil }

  /// Bytes the question has, as far as that is known.
  private var expectedByteCount: Int {
    let isImport = received.count >= USBIPOperation.byteCount && received[3] == 0x03
    return USBIPOperation.byteCount + (isImport ? USBIPDeviceRecord.busIDByteCount : 0)
  }

  /// What a look at the socket gave.
  enum Progress {
    case waits
    case question(Question)
    /// The client has gone, or has its answer.
    case over
  }

  /// Reads what belongs to the question and not a byte more, or sends what is left of the answer.
  mutating func proceed() throws(USBIPViolation) -> Progress {
    if let answer { return send(answer) }
    while true {
      switch socket.receive(atMost: expectedByteCount - received.count) {
      case .bytes(let bytes): received += bytes
      case .wouldBlock: return .waits
      case .closed: return .over
      }
      if let question = try parse() { return .question(question) }
    }
  }

  private func parse() throws(USBIPViolation) -> Question? {
    guard received.count >= USBIPOperation.byteCount else { return nil }
    do throws(WireError) {
      let operation = try USBIPOperation(parsing: received.rawSpan)
      switch operation.code {
      case .requestDeviceList: return .list
      case .requestImport:
        guard received.count == expectedByteCount else { return nil }
        let rest = USBIPOperation.byteCount..<received.count
        return .device(busID: try USBIPBusID(parsing: received.rawSpan.extracting(rest)).text)
      case .replyDeviceList, .replyImport: throw .invalid(field: "code", at: 2, value: UInt64(operation.code.rawValue))
      }
    } catch { throw .malformed(error) }
  }

  /// Begins to send an answer.
  mutating func reply(_ bytes: [UInt8]) -> Progress { send(bytes[...]) }

  private mutating func send(_ bytes: ArraySlice<UInt8>) -> Progress {
    var rest = bytes
    while !rest.isEmpty {
      switch socket.send(rest) {
      case .moved(let count): rest.removeFirst(count)
      case .wouldBlock:
        answer = rest
        return .waits
      case .closed: return .over
      }
    }
    return .over
  }
}
