import Digests
import MkII
import WireFormat

/// Measures the pieces that every byte or every message goes through, each alone, in memory.
@main
struct Microbenchmarks {
  static func main() throws {
    for benchmark in checksums + messages { print(try benchmark.measure().line) }
  }

  /// 1 MiB that compresses badly and is the same in every run.
  private static let block: [UInt8] = {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<1 << 20).map { _ in
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return UInt8(truncatingIfNeeded: state)
    }
  }()

  private static var checksums: [Benchmark] {
    [
      Benchmark(name: "XOR checksum of image data", unit: .bytes(perRun: block.count)) { count in
        var checksum = XORChecksum16()
        for _ in 0..<count { checksum.update(block.span.bytes) }
        return Int(checksum.value)
      },
      Benchmark(name: "SHA-256", unit: .bytes(perRun: block.count)) { count in
        var digest = SHA256Digest()
        for _ in 0..<count { block.withUnsafeBytes { digest.update($0) } }
        return digest.hexadecimal().hashValue
      },
    ]
  }

  /// The two messages of every block of image data (docs/protocols/mkii.md 9).
  private static var messages: [Benchmark] {
    let credit = MkIICreditReply(entries: [.init(handle: 0, credit: 0x0200_0000)])
    let reply = MkIIMessage(
      .reply, transactionID: 7, messageID: MkIIMessageType.waitCredit.replyID, data: credit.serialize(layout: .l0)
    ).bytes
    let request = MkIIMessage(
      .request, transactionID: 7, messageID: MkIIMessageType.prepareBlock.rawValue, data: [0, 0, 0, 0, 0, 16, 0, 0])
    return [
      Benchmark(name: "parse a Mk II reply with credit", unit: .times) { count in
        var sum = 0
        for _ in 0..<count {
          let message = try MkIIMessage(parsing: reply.span.bytes, as: .reply)
          sum &+= Int(try MkIICreditReply(parsing: message.data.span.bytes, layout: .l0).credit(for: 0))
        }
        return sum
      },
      Benchmark(name: "serialise a Mk II request", unit: .times) { count in
        var sum = 0
        for _ in 0..<count { sum &+= request.bytes.count }
        return sum
      },
    ]
  }
}
