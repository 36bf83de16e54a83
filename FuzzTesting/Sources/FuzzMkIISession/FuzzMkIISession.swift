import FlashCore
import Glibc
import LibFuzzer
import MkII
import WireFormat

/// Plays a device against the host's session values: bytes choose what arrives, how late, and what fails.
///
/// The first byte chooses the session. Whatever a device does, a session ends or asks for something sensible, and an
/// image that is said to be finished has been sent completely.
@main
struct FuzzMkIISession {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  var input = Input(LibFuzzer.bytes(start, count))
  switch input.byte() % 3 {
  case 0: runStart(&input)
  default: runImages(&input)
  }
  return 0
}

/// The fuzzer's bytes, from front to back; zeros at their end.
private struct Input {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position >= bytes.count }

  mutating func byte() -> UInt8 {
    defer { position += 1 }
    return position < bytes.count ? bytes[position] : 0
  }

  /// A length byte and so many bytes.
  mutating func data() -> [UInt8] {
    let count = Int(byte())
    let data = Array(bytes.dropFirst(min(position, bytes.count)).prefix(count))
    position += count
    return data
  }
}

/// What a device makes of a request.
private enum Event {
  case reply(MkIIReply)
  case failure(MkIIError)
}

/// A byte picks a reply that suits, a reply of any bytes, a datagram of any bytes, or silence.
private func event(for request: MkIIRequest, _ input: inout Input) -> Event {
  let choice = input.byte()
  switch choice % 8 {
  case 0...3: return .reply(MkIIReply(to: request.type, data: suitable(for: request, &input)))
  case 4, 5: return .reply(MkIIReply(to: request.type, data: input.data()))
  case 6:
    var exchange = MkIIExchange(request, transactionID: choice)
    for _ in 0..<100 {
      let datagram = input.data()
      do throws(MkIIError) {
        if case .reply(let reply) = try exchange.receive(datagram.rawSpan) { return .reply(reply) }
      } catch { return .failure(error) }
    }
    LibFuzzer.require(false, "an exchange skips no more than its limits")
    return .failure(.cancelled)
  default: return .failure(.noReply(request: request.type.name, after: .seconds(5)))
  }
}

private func suitable(for request: MkIIRequest, _ input: inout Input) -> [UInt8] {
  let layout: MkIIReplyLayout = input.byte() & 1 == 0 ? .l0 : .l1
  switch request {
  case .ping: return []
  case .get: return [0] + input.data()
  case .imageHeader:
    return MkIIImageHeaderReply(handle: UInt32(input.byte() & 1), granularity: 512).serialize(layout: layout)
  case .status:
    let state = UInt32(input.byte() % 9)
    return MkIIStatusReply(state: state, percent: UInt32(input.byte()), total: 1000).serialize(layout: layout)
  case .waitCredit:
    let credit = UInt32(input.byte()) << 3
    return MkIICreditReply(entries: [.init(handle: UInt32(input.byte() & 1), credit: credit)]).serialize(layout: layout)
  default: return [input.byte() & 0x80]
  }
}

private func runStart(_ input: inout Input) {
  var start = MkIISessionStart()
  var now = Duration.zero
  var action = start.start(now: now)
  for step in 0..<200 {
    switch action {
    case .request(let request, let limit):
      LibFuzzer.require(limit > .zero && limit <= .seconds(5), "every request has a limit")
      do throws(MkIIError) {
        switch event(for: request, &input) {
        case .reply(let reply): action = try start.receive(reply)
        case .failure(let error): action = try start.fail(error, now: now)
        }
      } catch { return }
    case .pause(let moment):
      LibFuzzer.require(moment - now <= .seconds(5), "no pause is longer than an attempt")
      now = max(now, moment)
      action = start.resume(now: now)
    case .finish(let answers):
      LibFuzzer.require(!answers.protocolVersion.isEmpty, "a session has a version")
      LibFuzzer.require(
        answers.hardwareBuild.isEmpty || UInt16(answers.hardwareBuild).map { $0 <= 9999 } == true,
        "a hardware build is a number")
      return
    }
    LibFuzzer.require(step < 199, "a session start ends")
  }
}

/// Two images on one connection.
private func runImages(_ input: inout Input) {
  var policy = MkIIPolicy()
  policy.blockByteCount = 300
  policy.creditLimit = .seconds(1)
  policy.finishingLimit = .seconds(2)
  policy.patience = .seconds(10)
  var memory = MkIIConnectionMemory()
  for _ in 0..<2 {
    var session = MkIIImageSession(
      MkIIImageOrder(name: "mmc", header: [0x2E, 0], byteCount: 1000), transport: "usb:raw", memory: memory,
      policy: policy)
    guard run(&session, &input) else { return }
    memory = session.memory
  }
}

/// Whether the image was finished.
private func run(_ session: inout MkIIImageSession, _ input: inout Input) -> Bool {
  var now = Duration.zero
  var sent: UInt64 = 0
  var action = session.start(now: now)
  for _ in 0..<5000 {
    switch action {
    case .request(let request):
      now += .milliseconds(Int64(input.byte()))
      guard case .reply(let reply) = event(for: request, &input) else { return false }
      do throws(MkIIError) { action = try session.receive(reply, now: now) } catch { return false }
    case .sendBlock(let byteCount):
      LibFuzzer.require((1...300).contains(byteCount), "a block is no longer than the policy says")
      LibFuzzer.require(byteCount <= session.room.available, "a block is no longer than the credit")
      sent += UInt64(byteCount)
      LibFuzzer.require(sent <= 1000, "no more is sent than the image has")
      action = session.blockSent(now: now)
    case .pause(let moment):
      LibFuzzer.require(moment - now <= .seconds(1), "no pause is longer than a poll interval")
      now = max(now, moment)
      action = session.resume(now: now)
    case .finish:
      LibFuzzer.require(sent == 1000, "a finished image has been sent completely")
      LibFuzzer.require(session.progress.accepted == 1000, "and counted")
      return true
    }
  }
  LibFuzzer.require(false, "a session ends")
  return false
}
