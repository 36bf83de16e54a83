import Digests
import Testing
import WireFormat

@testable import DeviceSimulator

/// Validated image programming: `docs/protocols/firehose.md` 7.
@Suite struct `Firehose simulator: validated programming` {
  private func digest(_ bytes: [UInt8]) -> [UInt8] {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return Hex.bytes(digest.hexadecimal()) ?? []
  }

  /// The signed table and the chained ones for frames in order.
  private func tables(_ frames: [[UInt8]]) -> (signed: [UInt8], chained: [[UInt8]]) {
    var digests = frames.map(digest)
    let first = Array(digests.prefix(53))
    digests.removeFirst(first.count)
    var pieces: [[[UInt8]]] = []
    while !digests.isEmpty {
      pieces.append(Array(digests.prefix(255)))
      digests.removeFirst(min(255, digests.count))
    }
    var chained: [[UInt8]] = []
    for piece in pieces.reversed() {
      chained.insert(piece.flatMap { $0 } + (chained.first.map(digest) ?? [0]), at: 0)
    }
    let code = first.flatMap { $0 } + (chained.first.map(digest) ?? [])
    var header = [0x1A, 6, 0, 0, UInt32(code.count), UInt32(code.count)] as [UInt32]
    header += [UInt32](repeating: 0, count: 6)
    return (EDLHost.bytes(header) + code, chained)
  }

  private let configure = EDLHost.document(
    "<configure MemoryName=\"ufs\" MaxPayloadSizeToTargetInBytes=\"1048576\" Verbose=\"0\" ZlpAwareHost=\"1\" SkipStorageInit=\"0\"/>"
  )
  private let program = EDLHost.document(
    "<program SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"768\" physical_partition_number=\"0\" start_sector=\"100\"/>"
  )

  private func started() throws -> EDLHost {
    var host = try EDLHost("sm8250-vip")
    try host.load()
    let logs = EDLHost.logs(host.transfers().map { String(decoding: $0, as: UTF8.self) })
    #expect(logs.last == "INFO: VIP is enabled, receiving the signed table of size 8192")
    return host
  }

  @Test func `frames of the tables are taken, chained tables come in mid-data, and storage is what was sent`() throws {
    let data = (0..<3 << 20).map { UInt8(truncatingIfNeeded: ($0 * 7) >> 9) }
    let chunks = stride(from: 0, to: data.count, by: 1 << 20).map { Array(data[$0..<$0 + 1 << 20]) }
    let nop = EDLHost.document("<nop/>")
    // 50 documents, the command, two chunks: the signed table ends in the middle of the data.
    let frames = [configure] + Array(repeating: nop, count: 49) + [program] + chunks + Array(repeating: nop, count: 300)
    let (signed, chained) = tables(frames)
    #expect(chained.map(\.count) == [8192, 46 * 32 + 1])
    var host = try started()
    host.send(signed)
    #expect(host.transfers().last == Array(Wire.ack.utf8))
    var taken = 0
    for (index, frame) in frames.enumerated() {
      if index == 53 || index == 53 + 255 {
        host.send(chained[index == 53 ? 0 : 1])
        let answer = host.transfers().last
        #expect(answer == Array((index == 53 ? Wire.raw : Wire.ack).utf8))
      }
      host.send(frame)
      if frame.count == 1 << 20, index != 53 { continue }
      let answer = host.transfers().last.map { String(decoding: $0, as: UTF8.self) } ?? ""
      try #require(answer.contains("value=\"ACK\""), "frame \(index): \(answer)")
      taken += 1
    }
    #expect(taken == frames.count - 2)
  }

  @Test func `another frame is refused, and everything after it`() throws {
    let (signed, _) = tables([configure, EDLHost.document("<nop/>")])
    var host = try started()
    host.send(signed)
    _ = host.transfers()
    host.send(EDLHost.document("<nop/>"))
    #expect(host.transfers().last == Array(Wire.nak.utf8))
    host.send(configure)
    #expect(host.transfers().last == Array(Wire.nak.utf8))
  }

  @Test func `a table that is none is refused`() throws {
    for table in [[UInt8](repeating: 0, count: 100), EDLHost.document("<nop/>"), [0x1A]] {
      var host = try started()
      host.send(table)
      #expect(
        host.transfers().map { String(decoding: $0, as: UTF8.self) }
          == [Wire.log("ERROR: Authentication of signed hash failed 0"), Wire.nak])
    }
  }

  @Test func `a chained table with another hash is refused`() throws {
    let nop = EDLHost.document("<nop/>")
    let frames = Array(repeating: nop, count: 60)
    let (signed, chained) = tables(frames)
    var host = try started()
    host.send(signed)
    for _ in 0..<53 { host.send(nop) }
    _ = host.transfers()
    host.send(chained[0].map { $0 ^ 1 })
    #expect(host.transfers().last == Array(Wire.nak.utf8))
  }

  @Test func `the table of the specification's header is read`() throws {
    var validation = FirehoseValidation(requiresSignature: false)
    let header = try #require(
      Hex.bytes(
        "1a000000060000000000000000000000c0060000c0060000000000000000000000000000000000000000000000000000"))
    #expect(validation.take(header + [UInt8](repeating: 7, count: 1728)) == nil)
    for _ in 0..<53 { #expect(validation.matches([UInt8](repeating: 7, count: 32)) == true) }
    #expect(validation.expectsTable)
    var strict = FirehoseValidation(requiresSignature: true)
    #expect(strict.take(header + [UInt8](repeating: 7, count: 1728)) != nil)
  }
}
