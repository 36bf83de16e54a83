import Glibc
import LibFuzzer
import MediaTek

/// Plays an XML agent against the host's sessions, and reads the input as each of the messages.
///
/// The first byte chooses. Whatever an agent says, a session ends, waits for a bounded time, hands out nothing but what was
/// offered, and puts nothing where it must not be.
@main
struct FuzzXMLAgent {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  guard let first = bytes.first else { return 0 }
  var input = Input(Array(bytes.dropFirst()))
  switch first % 8 {
  case 0: play(XMLCommandSession(.notifyInitHardware), &input)
  case 1:
    play(
      XMLCommandSession(
        .readFlash("EMMC-USER", offset: 0, byteCount: 0x1000, to: "t"),
        files: .receiving(atMost: 0x1000, exactly: 0x1000)),
      &input)
  case 2:
    play(XMLCommandSession(.writePartition("p", from: "f"), files: .sending("f", byteCount: 0x1800)), &input)
  case 3:
    var files = XMLAgentFiles(incoming: .folder("backup", limit: 0x1000))
    files.offer("s.xml", byteCount: 100, isRequired: true)
    files.offer("boot.img", byteCount: 5000)
    play(XMLCommandSession(.flashUpdate(scatter: "s.xml", backup: "backup"), files: files), &input)
  case 4: play(XMLCommandSession(.reboot(.immediate), ending: .leaving), &input)
  case 5:
    play(
      XMLCommandSession(
        .bootTo(0x4000_0000, byteCount: 16), files: .sending("MEM://0x0:0x10", byteCount: 16), ending: .nextStage),
      &input)
  case 6: attach(&input)
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

  /// What agents say leads further than chance does.
  mutating func message() -> [UInt8] {
    let choice = byte()
    let words = ["OK", "OK@0x1000", "OK!PROGRESS@50@", "OK!EOT", "ERR", "ERR!UNSUPPORTED"]
    if Int(choice) < words.count * 16 { return Array(words[Int(choice) / 16].utf8) + [0] }
    let head = "<?xml version=\"1.0\"?><host><command>CMD:"
    let names = ["s.xml", "boot.img", "f", "t", "backup/a", "backup/../a", "MEM://0x0:0x10", "/etc/passwd"]
    let name = names[Int(byte()) % names.count]
    let packet = "<packet_length>0x" + String(UInt16(byte()) << 4, radix: 16) + "</packet_length>"
    switch choice % 8 {
    case 0: return Array((head + "START</command></host>").utf8)
    case 1: return Array((head + "END</command><arg><result>OK</result></arg></host>").utf8)
    case 2: return Array((head + "END</command><arg><result>ERR</result><message>no<arg></host>").utf8)
    case 3: return Array((head + "UPLOAD-FILE</command><target_file>\(name)</target_file>\(packet)</host>").utf8)
    case 4: return Array((head + "DOWNLOAD-FILE</command><source_file>\(name)</source_file>\(packet)</host>").utf8)
    case 5: return Array((head + "FILE-SYS-OPERATION</command><key>FILE-SIZE</key><file_path>\(name)</host>").utf8)
    case 6: return Array((head + "PROGRESS-REPORT</command><message>x</message></host>").utf8)
    default: return next(Int(byte()))
    }
  }
}

private func play(_ first: XMLCommandSession, _ input: inout Input) {
  var session = first
  var action = session.start()
  for _ in 0..<20_000 {
    if !input.isAtEnd, input.byte() == 0xFF { session.cancel() }
    do throws(XMLAgentError) {
      switch action {
      case .exchange(let payloads, let limit):
        LibFuzzer.require(limit > .zero && limit <= .seconds(300), "every wait has a limit")
        LibFuzzer.require(payloads.allSatisfy { !$0.isEmpty }, "no frame is empty")
        action = try answer(&session, &input, limit)
      case .sendData(let origin, let offset, let byteCount):
        let file = session.files.outgoing.first { $0.origin == origin }
        LibFuzzer.require(byteCount > 0 && byteCount <= 64 << 20, "a chunk has a length")
        LibFuzzer.require(offset + byteCount <= file?.byteCount ?? 0, "a chunk lies in a file that was offered")
        action = session.dataSent()
      case .finish: return
      }
    } catch { return }
    let names = session.files.received
    LibFuzzer.require(names.allSatisfy { !$0.contains("/") && !$0.hasPrefix(".") }, "names are plain")
    _ = session.takeEvents()
  }
  LibFuzzer.require(!input.isAtEnd, "a session ends when the device is silent")
}

private func answer(
  _ session: inout XMLCommandSession, _ input: inout Input, _ limit: Duration
) throws(XMLAgentError) -> XMLAgentAction {
  guard !input.isAtEnd else { return try session.silence(after: limit) }
  let message = input.message()
  let count = UInt64(message.count)
  guard session.takes(count) != nil || session.isData(message) != nil else { return try session.receive(message) }
  return session.dataReceived(count)
}

private func attach(_ input: inout Input) {
  var session = XMLAttachSession()
  var action = session.start()
  for _ in 0..<20_000 {
    do throws(XMLAgentError) {
      guard case .exchange(_, let limit) = action else { return }
      LibFuzzer.require(limit > .zero && limit <= .seconds(300), "every wait has a limit")
      action = input.isAtEnd ? try session.silence() : try session.receive(input.message())
    } catch { return }
  }
  LibFuzzer.require(false, "attaching ends")
}

/// Every document is read in some way.
private func parse(_ bytes: [UInt8]) {
  _ = try? XMLAgentFrame(parsing: bytes)
  _ = XMLAgentMessage(parsing: bytes)
  _ = XMLAgentHardware(parsing: bytes)
  _ = XMLAgentPartition.table(parsing: bytes)
  _ = XMLAgentInfo(parsing: bytes)
  _ = XMLAgentProperties.value(of: "DA.SLA", in: bytes)
  _ = XMLAgentChallenge(parsing: bytes)
  _ = XMLAgentImageFeedback.list(parsing: bytes)
  _ = XMLAgentRefusal(message: String(decoding: bytes, as: UTF8.self)).status
  if let record = XMLAgentRecordFile(parsing: bytes) {
    LibFuzzer.require(XMLAgentRecordFile(parsing: record.bytes) != nil, "what is written can be read")
  }
  if let token = XMLAgentToken(parsing: bytes) { _ = (token.payload, token.number) }
}
