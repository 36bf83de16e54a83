import FlashCore
import FlashImages
import Glibc
import LibFuzzer
import Qualcomm
import WireFormat

/// Reads bytes as what programmers say, as host documents, layouts and digest tables, and lets them answer `configure`.
///
/// The first byte chooses. Nothing that is read is kept without a limit, documents survive writing, and what comes out of
/// answers is sensible whatever they say.
@main
struct FuzzFirehose {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  let rest = Array(bytes.dropFirst())
  switch (bytes.first ?? 0) % 6 {
  case 0: readMessages(rest, pieces: 1)
  case 1: readMessages(rest, pieces: 7)
  case 2: readDocument(rest)
  case 3: negotiate(rest)
  case 4: _ = try? FirehoseProvisioning(parsing: rest, finalizes: false).pass(writes: true).map(\.element)
  default: readTables(rest)
  }
  return 0
}

private func messages(_ bytes: [UInt8], pieces: Int) -> [FirehoseMessage] {
  var reader = FirehoseMessageReader(limit: 4096)
  var found: [FirehoseMessage] = []
  for start in stride(from: 0, to: bytes.count, by: pieces) {
    reader.append(Array(bytes[start..<min(start + pieces, bytes.count)]))
    while true {
      do {
        guard let item = try reader.next() else { break }
        if case .message(let message) = item { found.append(message) }
      } catch {
        _ = reader.takeRest()
        return found
      }
    }
  }
  return found
}

/// However the bytes are cut, the same messages come out, and they survive being written.
private func readMessages(_ bytes: [UInt8], pieces: Int) {
  let found = messages(bytes, pieces: pieces)
  for case .response(let response) in found {
    _ = (response.number("Size"), response.asksForRestart, response.asksToWaitForAnother, response.document)
  }
  for case .log(let log) in found {
    LibFuzzer.require(!log.text.isEmpty, "a log has words")
    _ = (FirehoseReason(log.text), log.words, log.isError)
  }
  var startup = FirehoseStartup()
  for case .log(let log) in found { startup.take(log) }
  LibFuzzer.require(startup.lines.count <= 256 && startup.functionNames.count <= 256, "little is kept")
}

private func readDocument(_ bytes: [UInt8]) {
  guard let command = try? FirehoseCommand(parsing: bytes) else { return }
  let document = command.document
  LibFuzzer.require(command.document(packetByteCount: 512).count % 512 != 0, "a document never fills its last packet")
  // Names that cannot be written are read all the same.
  guard let again = try? FirehoseCommand(parsing: document) else { return }
  LibFuzzer.require(again.document == document, "a document survives reading")
}

private func negotiate(_ bytes: [UInt8]) {
  let found = messages(bytes, pieces: 64)
  var logs: [String] = []
  var negotiation = FirehoseNegotiation(FirehoseSettings())
  _ = negotiation.start()
  var sent = 1
  for message in found {
    switch message {
    case .log(let log): logs.append(log.text)
    case .other: continue
    case .response(let response):
      let reply = FirehoseReply(command: "configure", response: response, logs: logs)
      let info = FirehoseStorageInfo(reply)
      LibFuzzer.require((info.partitionCount ?? 1) <= 64, "no storage has so many partitions")
      guard let action = try? negotiation.receive(reply) else { return }
      switch action {
      case .finish(let limits):
        LibFuzzer.require(limits.payload <= 1 << 20 && limits.payload > 0, "a payload is not larger than proposed")
        return
      case .send:
        sent += 1
        LibFuzzer.require(sent <= 15, "configure is not sent for ever: three times for each of five storages")
      }
    }
  }
}

private func readTables(_ bytes: [UInt8]) {
  _ = try? FirehoseVIPSignedTable(parsing: bytes)
  let half = bytes.count / 2
  let tables = FirehoseVIPTables(signed: Array(bytes[..<half]), chained: [Array(bytes[half...])])
  let frames = (0..<min(bytes.count, 400)).map { [UInt8](repeating: bytes[$0], count: 32) }
  LibFuzzer.require(FirehoseVIPCheck(tables, frames: frames).problems.count <= 64, "problems are few")
}
