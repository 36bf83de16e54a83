import Glibc
import LibFuzzer
import MediaTek
import WireFormat

/// Plays an XFlash agent against the host's sessions, and reads the input as each of the messages.
///
/// The first byte chooses. Whatever an agent says, a session ends, waits for a bounded time, asks for chunks of a bounded
/// size, and takes no more data than it asked for.
@main
struct FuzzXFlash {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

private let policy = XFlashPolicy()
private let extent = XFlashExtent(
  type: .emmc, section: XFlashSection(number: 8), start: 0x8000, length: 0x2_0000)

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  guard let first = bytes.first else { return 0 }
  var input = Input(Array(bytes.dropFirst()))
  switch first % 8 {
  case 0: play(XFlashReading(extent, policy), &input)
  case 1: play(XFlashReading(partition: "boot", policy), &input)
  case 2: play(XFlashWriting(extent, chunkByteCount: 0x8000, policy), &input)
  case 3: play(XFlashWriting(partition: "boot", byteCount: 70_000, chunkByteCount: 0x8000, policy), &input)
  case 4: play(XFlashFormatting(extent, policy), &input)
  case 5: play(XFlashFormatting(partition: "boot", policy), &input)
  case 6: play(exchange(first >> 3), &input)
  default: parse(Array(bytes.dropFirst()))
  }
  return 0
}

private struct Input {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position >= bytes.count }

  mutating func next(_ count: Int) -> [UInt8] {
    let piece = Array(bytes.dropFirst(min(position, bytes.count)).prefix(count))
    position += count
    return piece
  }

  mutating func byte() -> UInt8 { next(1).first ?? 0 }
}

private func exchange(_ choice: UInt8) -> XFlashExchange {
  let all: [XFlashExchange] = [
    .setUp(XFlashEnvironment(), policy), .setUpMemory([1, 2, 3], policy), .boot([1, 2, 3], at: 0x4000_0000, policy),
    .get(.getEMMCInfo, policy), .set(.setResetKey, [[1, 2, 3, 4]], policy), .act(.startDownloadInfo, policy),
    .register(0x1000_0000, policy), .shutDown(.reboot(), policy), .switchSpeed(policy), .readFuses(policy),
  ]
  return all[Int(choice) % all.count]
}

/// The agent answers with the input's bytes, now and then with what would be right.
private func play<Session: XFlashSession>(_ first: Session, _ input: inout Input) {
  var session = first
  var action = session.start()
  for _ in 0..<5000 {
    do throws(XFlashError) {
      switch action {
      case .send(let payload):
        LibFuzzer.require(!payload.isEmpty, "no frame of the flow is empty")
        action = session.sent()
      case .receive(let limit):
        LibFuzzer.require(limit > .zero && limit <= .seconds(300), "every wait has a limit")
        action = try answer(&session, &input, limit)
      case .receiveData(let limit):
        LibFuzzer.require(limit > .zero && limit <= .seconds(30), "every wait has a limit")
        let count = UInt64(input.byte()) << 9 | UInt64(input.byte())
        guard try session.accepts(byteCount: count) == .data else {
          action = try answer(&session, &input, limit)
          continue
        }
        action = session.received(byteCount: count, isWanted: input.byte() < 0xF0)
      case .sendChunk(let byteCount):
        LibFuzzer.require((1...0x8000).contains(byteCount), "a chunk has at most the device's length")
        action = input.byte() < 0xF0 ? session.sent() : session.abort()
      case .finish: return
      }
    } catch { return }
  }
  LibFuzzer.require(!input.isAtEnd, "a session ends when the device is silent")
}

private func answer<Session: XFlashSession>(
  _ session: inout Session, _ input: inout Input, _ limit: Duration
) throws(XFlashError) -> XFlashAction {
  guard !input.isAtEnd else { return try session.silence(after: limit) }
  let choice = input.byte()
  // What is right leads further than chance does.
  switch choice % 8 {
  case 0...3: return try session.receive([0, 0, 0, 0])
  case 4: return try session.receive([4, 0, 4, 0x40])
  case 5: return try session.receive([0x53, 0x59, 0x4E, 0x43])
  default: return try session.receive(input.next(Int(choice >> 3)))
  }
}

/// Every message reads any bytes, or says what is wrong with them; what it reads it writes as it was.
private func parse(_ bytes: [UInt8]) {
  let span = bytes.rawSpan
  _ = try? XFlashHeader(parsing: span)
  _ = try? XFlashStatus(payload: span).name
  _ = XFlashLogLine(payload: bytes).line
  _ = try? XFlashEnvironment(parsing: span)
  _ = try? XFlashShutdown(parsing: span)
  _ = try? XFlashChipID(parsing: span)
  _ = try? XFlashRAMInfo(parsing: span)
  _ = try? XFlashFirmwareInfo(parsing: span)
  _ = try? XFlashPacketLengths(parsing: span)
  _ = try? XFlashNANDInfo(parsing: span)
  _ = try? XFlashNORInfo(parsing: span)
  if let info = try? XFlashUFSInfo(parsing: span) { _ = info.productName }
  if let info = try? XFlashEMMCInfo(parsing: span) {
    LibFuzzer.require(bytes.starts(with: info.bytes.prefix(96)), "what is read is written as it was")
    _ = info.productName
  }
  if bytes.count >= XFlashExtent.byteCount, let extent = try? XFlashExtent(parsing: span) {
    LibFuzzer.require(bytes.starts(with: extent.bytes), "what is read is written as it was")
  }
  if let target = try? XFlashBootTarget(parsing: span) {
    LibFuzzer.require(bytes.starts(with: target.bytes), "what is read is written as it was")
  }
}
