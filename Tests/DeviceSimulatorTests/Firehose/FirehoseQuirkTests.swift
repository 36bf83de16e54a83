import Testing
import WireFormat

@testable import DeviceSimulator

/// Every fault switch of `docs/protocols/firehose.md` 11, as bytes on the wire.
@Suite struct `Firehose simulator: misbehaviour` {
  private static let program =
    "<program SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"4\" physical_partition_number=\"0\" start_sector=\"100\"/>"
  private static let read =
    "<read SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"4\" physical_partition_number=\"0\" start_sector=\"100\"/>"
  private let data = (0..<16384).map { UInt8(truncatingIfNeeded: ($0 * 31) >> 5) }

  private func nop(_ quirk: String) throws -> [[UInt8]] {
    var host = try EDLHost.ready(quirks: [quirk])
    host.send(EDLHost.document("<nop/>"))
    return host.transfers()
  }

  private let nopLog = Array(Wire.log("INFO: Calling handler for nop").utf8)
  private let ack = Array(Wire.ack.utf8)

  @Test func `documents can come joined, split, or byte by byte`() throws {
    #expect(try nop("joined-documents") == [nopLog + ack])
    let split = try nop("split-documents")
    #expect(split.count == 6)
    #expect(split[3] == Array("<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n".utf8))
    #expect(split[4] == Array("<data>\n".utf8))
    let bytes = try nop("single-bytes")
    #expect(bytes.allSatisfy { $0.count == 1 })
    #expect(bytes.flatMap { $0 } == nopLog + ack)
  }

  @Test(arguments: [
    ("trailing-newline", [] as [UInt8], [0x0A] as [UInt8]), ("garbage", [0xF0, 0xE9, 0x88, 0x14], []),
    ("nuls", [], [0, 0, 0]), ("xml-tail", [], Array("</xml>".utf8)),
  ])
  func `documents can have garbage around them`(quirk: String, before: [UInt8], after: [UInt8]) throws {
    #expect(try nop(quirk) == [before + nopLog + after, before + ack + after])
  }

  @Test(arguments: ["bad-utf8", "bare-quote", "bare-markup"])
  func `logs can be no XML`(quirk: String) throws {
    let answers = try nop(quirk)
    #expect(answers.count == 3)
    #expect(answers[1].starts(with: Array("<?xml".utf8)))
    if quirk == "bad-utf8" { #expect(answers[1].contains(0xFF)) }
    if quirk == "bare-quote" {
      #expect(String(decoding: answers[1], as: UTF8.self).contains("the \"quoted\" word\" />"))
    }
    #expect(answers[2] == ack)
  }

  @Test func `logs after a response block until they are read`() throws {
    var host = try EDLHost.ready(quirks: ["blocking-logs"])
    host.send(EDLHost.document("<nop/>"))
    _ = host.receive(atMost: 4096)
    #expect(host.receive(atMost: 4096) == .data(ack, isEnd: true))
    #expect(host.send(EDLHost.document("<nop/>")) == .busy(byteCount: 0))
    #expect(host.transfers().count == 1)
    #expect(host.ask("<nop/>").count == 3)
  }

  @Test func `a response can ask for another try, or for a restart`() throws {
    var host = try EDLHost.ready(quirks: ["attempt-retry:2", "attempt-restart:3"])
    let first = host.ask("<nop/>")
    #expect(first[1].contains("<response value=\"NAK\" rawmode=\"false\" AttemptRetry=\"1\" />"))
    #expect(first[2] == Wire.ack)
    let second = host.ask(Self.program)
    #expect(second.last?.contains("AttemptRestart=\"1\"") == true)
    #expect(host.ask("<nop/>").last == Wire.ack)
  }

  @Test func `raw data can come in the response's transfer, or after an empty one`() throws {
    var joined = try EDLHost.ready(quirks: ["joined-raw"])
    joined.send(EDLHost.document(Self.read))
    _ = joined.receive()
    guard case .data(let bytes, _) = joined.receive() else { return }
    #expect(bytes == Array(Wire.raw.utf8) + [UInt8](repeating: 0, count: 16384))
    var empty = try EDLHost.ready(quirks: ["zlp-before-raw"])
    empty.send(EDLHost.document(Self.read))
    for _ in 1...2 { _ = empty.receive() }
    #expect(empty.receive() == .data([], isEnd: true))
    #expect(empty.receive() == .data([UInt8](repeating: 0, count: 16384), isEnd: true))
  }

  @Test(arguments: [("extra-final", [Wire.ack, Wire.ack]), ("no-final", [])])
  func `the answer after raw data can come twice, or not at all`(quirk: String, expected: [String]) throws {
    var host = try EDLHost.ready(quirks: [quirk])
    #expect(host.program(data, at: "100").after == expected)
    #expect(host.ask("<nop/>").last == Wire.ack)
  }

  @Test func `a write can fail after all data`() throws {
    for quirk in ["nak-after-data", "fail-program:1"] {
      var host = try EDLHost.ready(quirks: [quirk])
      #expect(
        host.program(data, at: "100").after
          == [Wire.log("ERROR: [ERROR 5: Line 1131: STORAGE_WRITE_FAILURE]"), Wire.nak])
    }
  }

  @Test func `a NAK in mid-data can swallow the rest`() throws {
    var host = try EDLHost.ready(quirks: ["nak-swallow:5000"])
    #expect(host.program(data, at: "100", chunk: 4096).after.last == Wire.nak)
    #expect(host.ask("<nop/>").last == Wire.ack)
    #expect(host.read("101", 1)?.prefix(904) == data[4096..<5000])
    #expect(host.read("102", 1) == [UInt8](repeating: 0, count: 4096))
  }

  @Test func `a NAK in mid-data can stop the reading`() throws {
    var host = try EDLHost.ready(quirks: ["nak-stop:5000"])
    host.ask(Self.program)
    #expect(host.send(data) == .busy(byteCount: 0))
    #expect(host.transfers().last == Array(Wire.nak.utf8))
    #expect(host.ask("<nop/>").last == Wire.ack)
  }

  @Test func `a NAK in mid-data can take the rest for XML`() throws {
    var host = try EDLHost.ready(quirks: ["nak-xml:4096"])
    host.ask(Self.program)
    let outcomes = stride(from: 0, to: data.count, by: 4096).map { host.send(Array(data[$0..<$0 + 4096])) }
    #expect(outcomes == [.taken, .taken, .taken, .taken])
    let after = host.transfers().map { String(decoding: $0, as: UTF8.self) }
    #expect(after.filter { $0 == Wire.nak }.count == 2, "\(after)")
    #expect(host.ask("<nop/>").last == Wire.ack)
  }

  @Test func `the endpoint can halt, and the cable be pulled`() throws {
    var halted = try EDLHost.ready(quirks: ["stall-at-byte:5000"])
    halted.ask(Self.program)
    #expect(halted.send(data) == .stalled)
    var unplugged = try EDLHost.ready(quirks: ["disconnect-at-byte:5000"])
    unplugged.ask(Self.program)
    unplugged.send(data)
    #expect(!unplugged.port.isAttached)
    #expect(unplugged.port.returnsAt != nil)
  }

  @Test func `bytes can be wrong on the way in and on the way out`() throws {
    var host = try EDLHost.ready(quirks: ["corrupt-write:5000", "corrupt-read:20000"])
    #expect(host.program(data, at: "100").after == [Wire.ack])
    var expected = data
    expected[5000] ^= 0xFF
    #expect(host.read("100", 4) == expected)
    expected[3616] ^= 0xFF
    #expect(host.read("100", 4) == expected)
    var checking = try EDLHost.ready(quirks: ["corrupt-write:5000"])
    #expect(checking.program(data, at: "100", more: " read_back_verify=\"1\"").after.last == Wire.nak)
  }

  @Test(arguments: [("short-read:1", 3 * 4096), ("long-read:1", 5 * 4096)])
  func `a read can have another length`(quirk: String, expected: Int) throws {
    var host = try EDLHost.ready(quirks: [quirk])
    host.send(EDLHost.document(Self.read))
    for _ in 1...2 { _ = host.receive() }
    guard case .data(let bytes, _) = host.receive() else { return }
    #expect(bytes.count == expected)
    #expect(host.transfers() == [ack])
  }

  @Test func `answers can be late`() throws {
    var host = try EDLHost.ready(quirks: ["slow-response:7000"])
    let start = host.now
    #expect(host.ask("<nop/>").last == Wire.ack)
    #expect(host.now - start >= .seconds(7))
  }

  @Test func `power can be silent, and can wait for its logs to be read`() throws {
    var silent = try EDLHost.ready(quirks: ["power-silent"])
    #expect(silent.ask("<power value=\"reset\"/>") == [])
    #expect(!silent.port.isAttached)
    var waiting = try EDLHost.ready(quirks: ["power-needs-drain"])
    waiting.send(EDLHost.document("<power value=\"reset\"/>"))
    waiting.now += .seconds(60)
    waiting.port.advance(to: waiting.now)
    #expect(waiting.port.isAttached)
    #expect(waiting.transfers().count == 4)
    #expect(!waiting.port.isAttached)
  }

  @Test func `a program can be refused, and a patch be lost`() throws {
    var host = try EDLHost.ready(quirks: ["nak-program:2", "drop-patch:1"])
    #expect(host.program(data, at: "100").after == [Wire.ack])
    #expect(host.program(data, at: "100").before.last == Wire.nak)
    #expect(host.program(data, at: "100").after == [Wire.ack])
    let patch =
      "<patch SECTOR_SIZE_IN_BYTES=\"4096\" byte_offset=\"0\" filename=\"DISK\" physical_partition_number=\"0\" size_in_bytes=\"4\" start_sector=\"100\" value=\"1\"/>"
    #expect(host.ask(patch).last == Wire.ack)
    #expect(host.read("100", 1) == Array(data[..<4096]))
    #expect(host.ask(patch).last == Wire.ack)
    #expect(host.read("100", 1)?.prefix(4) == [1, 0, 0, 0])
  }

  @Test func `the storage can count itself wrongly`() throws {
    var host = try EDLHost.ready(quirks: ["wrong-sector-count"])
    let logs = EDLHost.logs(host.ask("<getstorageinfo physical_partition_number=\"1\"/>"))
    #expect(logs.contains { $0.contains("&quot;total_blocks&quot;:2049,") })
  }

  @Test(arguments: [
    ("json", 26), ("old", 5), ("attributes", 1), ("nak", 1), ("silent", 0), ("spam", 1026), ("oversized", 26),
    ("broken", 26),
  ])
  func `getstorageinfo has many forms`(form: String, logCount: Int) throws {
    var host = try EDLHost.ready(settings: [("storage-info", form)])
    let answers = host.ask("<getstorageinfo physical_partition_number=\"0\"/>")
    if form == "silent" {
      #expect(answers == [])
      return
    }
    #expect(answers.last?.contains(form == "nak" ? "NAK" : "ACK") == true)
    #expect(EDLHost.logs(answers).count >= logCount)
    if form != "oversized" { #expect(answers.allSatisfy { $0.utf8.count <= 511 }) }
  }

  @Test(arguments: [("log", "INFO: Digest AD7F"), ("lower", "INFO: Digest ad7f"), ("missing", "INFO: Hash start")])
  func `a digest has several forms`(form: String, last: String) throws {
    var host = try EDLHost.ready(settings: [("digest", form)])
    let element =
      "<getsha256digest SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"100\"/>"
    #expect(EDLHost.logs(host.ask(element)).last?.hasPrefix(last) == true)
    var attribute = try EDLHost.ready(settings: [("digest", "attribute")])
    #expect(attribute.ask(element).last?.contains("rawmode=\"false\" Digest=\"AD7FACB2") == true)
  }

  @Test func `a long digest says that it goes on`() throws {
    var host = try EDLHost.ready(settings: [("digest-ms", "9000"), ("keep-alive-ms", "2000")])
    let logs = EDLHost.logs(
      host.ask(
        "<getsha256digest SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"1\" physical_partition_number=\"0\" start_sector=\"100\"/>"
      ))
    #expect(logs.filter { $0.hasPrefix("INFO: Still hashing") }.count == 4)
  }

  @Test func `protected sectors cannot be changed`() throws {
    var host = try EDLHost.ready(settings: [("protected", "0:100-101+1:0-5")])
    for start in ["97", "100", "101"] {
      #expect(host.program(data, at: start).before == [Wire.log("ERROR: Range restricted"), Wire.nak])
    }
    #expect(host.program(data, at: "102").after == [Wire.ack])
  }

  @Test func `a programmer can want a signature before anything else`() throws {
    var host = try EDLHost("sdm845-ufs", settings: [("authentication", "yes")])
    try host.load()
    _ = host.transfers()
    #expect(
      host.ask("<configure MemoryName=\"ufs\"/>")
        == [Wire.log("ERROR: Only nop and sig tag can be recevied before authentication."), Wire.nak])
    #expect(host.ask("<nop/>").last == Wire.ack)
    #expect(host.ask("<sig TargetName=\"sig\" size_in_bytes=\"256\" verbose=\"1\"/>").last == Wire.raw)
    host.send([UInt8](repeating: 1, count: 256))
    #expect(host.transfers() == [ack])
    #expect(host.ask("<configure MemoryName=\"ufs\"/>").last?.contains("ACK") == true)
    var refusing = try EDLHost("sdm845-ufs", quirks: ["bad-signature"], settings: [("authentication", "yes")])
    try refusing.load()
    _ = refusing.transfers()
    refusing.ask("<sig size_in_bytes=\"16\"/>")
    refusing.send([UInt8](repeating: 1, count: 16))
    #expect(
      refusing.transfers().map { String(decoding: $0, as: UTF8.self) }
        == [Wire.log("ERROR: Verifying signature failed with 3"), Wire.nak])
  }
}
