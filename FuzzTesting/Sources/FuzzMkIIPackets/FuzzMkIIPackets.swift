import FlashImages
import Glibc
import LibFuzzer
import MkII
import WireFormat

/// Reads bytes as Mk II messages in both directions, as the data of every multi-field reply in both layouts, and as
/// the header of an image.
@main
struct FuzzMkIIPackets {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  for direction in [MkIIMessage.Direction.request, .reply] {
    if let message = try? MkIIMessage(parsing: bytes.rawSpan, as: direction) {
      var kept = bytes
      (kept[6], kept[7]) = (0, 0)
      LibFuzzer.require(message.bytes == kept, "a message is written as it was read, but for its object bytes")
      readReplies(message.data)
      readImageHeader(message.data)
    }
    if let message = try? MkIIMessage(parsingPrefixOf: bytes.rawSpan, as: direction) {
      LibFuzzer.require(message.bytes.count <= bytes.count, "no message is longer than what arrived")
    }
  }
  readExchange(bytes)
  readReplies(bytes)
  readImageHeader(bytes)
  return 0
}

/// A datagram that arrives while a request waits for its reply, several times over.
private func readExchange(_ bytes: [UInt8]) {
  for request in [MkIIRequest.ping, .status(handle: 0)] {
    var exchange = MkIIExchange(request, transactionID: bytes.count > 8 ? bytes[8] : 0)
    for _ in 0..<64 {
      guard case .skip? = try? exchange.receive(bytes.rawSpan) else { break }
    }
  }
}

private func readReplies(_ data: [UInt8]) {
  var decision = MkIILayoutDecision()
  _ = try? decision.decide(credit: data)
  _ = try? decision.decide(status: data, imageByteCount: 0x0F9F_2C00)
  _ = decision.layout(header: data)
  for layout in MkIIReplyLayout.allCases {
    if let reply = try? MkIIImageHeaderReply(parsing: data.rawSpan, layout: layout) {
      let again = reply.serialize(layout: layout)
      LibFuzzer.require(
        (try? MkIIImageHeaderReply(parsing: again.rawSpan, layout: layout)) == reply, "reply 24 survives")
    }
    if let reply = try? MkIIStatusReply(parsing: data.rawSpan, layout: layout) {
      let again = reply.serialize(layout: layout)
      LibFuzzer.require((try? MkIIStatusReply(parsing: again.rawSpan, layout: layout)) == reply, "reply 26 survives")
    }
    if let reply = try? MkIICreditReply(parsing: data.rawSpan, layout: layout) {
      LibFuzzer.require(reply.entries.count <= data.count / 8, "no more entries than data")
      _ = reply.credit(for: 0)
      _ = reply.serialize(layout: layout)
    }
  }
}

/// The data of IMAGE_HEADER: blocks, one after another.
private func readImageHeader(_ data: [UInt8]) {
  var offset = 0
  while offset < data.count, let (block, end) = try? FIASCOBlock.parse(data.rawSpan, at: offset) {
    LibFuzzer.require(end > offset && end <= data.count, "a block ends behind its beginning")
    var written: [UInt8] = []
    block.serialize(into: &written)
    LibFuzzer.require(written.elementsEqual(data[offset..<end]), "a block is written as it was read")
    offset = end
  }
}
