import FlashCore
import Testing
import WireFormat

@testable import Qualcomm

@Suite struct `Firehose negotiation` {
  private func reply(_ value: FirehoseResponse.Value, _ attributes: [String: String] = [:], logs: [String] = [])
    -> FirehoseReply
  {
    let list = attributes.map { XMLAttribute($0.key, $0.value) }
    return FirehoseReply(command: "configure", response: FirehoseResponse(value, attributes: list), logs: logs)
  }

  private func ufs() -> FirehoseSettings {
    var settings = FirehoseSettings()
    settings.memory = .ufs
    return settings
  }

  @Test func `the first proposal is the listed one`() {
    var negotiation = FirehoseNegotiation(ufs())
    #expect(FirehoseCommand.configure(negotiation.start()).document.count == 154)
  }

  @Test(
    arguments: [
      (["MaxPayloadSizeToTargetInBytes": "1048576", "MaxPayloadSizeToTargetInBytesSupported": "1048576"], 1 << 20),
      (["MaxPayloadSizeToTargetInBytes": "16384"], 16384), ([:], 1 << 20),
      (["MaxPayloadSizeToTargetInBytes": "1048576", "MaxPayloadSizeToTargetInBytesSupported": "4194304"], 1 << 20),
      (["MaxPayloadSizeToTargetInBytes": "lots"], 1 << 20), (["MaxPayloadSizeToTargetInBytes": "0"], 1 << 20),
    ] as [([String: String], UInt64)]) func `an ACK settles the size`(
      attributes: [String: String], payload: UInt64
    ) throws
  {
    var negotiation = FirehoseNegotiation(ufs())
    _ = negotiation.start()
    guard case .finish(let limits) = try negotiation.receive(reply(.ack, attributes)) else {
      Issue.record("goes on")
      return
    }
    #expect(limits.payload == payload && limits.memory == .ufs)
  }

  @Test(
    arguments: [
      (FirehoseResponse.Value.nak, "MaxPayloadSizeToTargetInBytes"),
      (.nak, "MaxPayloadSizeToTargetInBytesSupported"), (.ack, "MaxPayloadSizeToTargetInBytesSupported"),
    ]) func `a smaller size is asked for once`(value: FirehoseResponse.Value, name: String) throws
  {
    var negotiation = FirehoseNegotiation(ufs())
    _ = negotiation.start()
    guard case .send(let second) = try negotiation.receive(reply(value, [name: "8192"])) else {
      Issue.record("does not ask")
      return
    }
    #expect(second.maximumPayload == 8192)
    #expect(throws: FirehoseError.self) { try negotiation.receive(reply(.nak, [name: "4096"])) }
  }

  @Test func `a NAK without sizes is a failure with its reason`() throws {
    var negotiation = FirehoseNegotiation(ufs())
    _ = negotiation.start()
    #expect(
      throws: FirehoseError.refused(
        FirehoseRefusal(command: "configure", logs: ["ERROR: Failed to open the SDCC Device slot 0 partition 0"]))
    ) {
      try negotiation.receive(reply(.nak, logs: ["ERROR: Failed to open the SDCC Device slot 0 partition 0"]))
    }
  }

  @Test func `other storage is tried only where the user named none`() throws {
    var negotiation = FirehoseNegotiation(FirehoseSettings())
    #expect(negotiation.start().memoryName == "emmc")
    let logs = ["ERROR: Not support configure MemoryName eMMC"]
    var tried = ["emmc"]
    while case .send(let next)? = try? negotiation.receive(reply(.nak, logs: logs)) { tried.append(next.memoryName) }
    #expect(tried == ["emmc", "ufs", "nand", "spinor", "nvme"])
  }

  @Test func `the refusal of the right kind of storage is the one that is told`() throws {
    var negotiation = FirehoseNegotiation(FirehoseSettings())
    _ = negotiation.start()
    _ = try negotiation.receive(reply(.nak, logs: ["ERROR: Not support configure MemoryName eMMC"]))
    let wanted = FirehoseRefusal(
      command: "configure", logs: ["ERROR: Only nop and sig tag can be recevied before authentication."])
    #expect(throws: FirehoseError.refused(wanted)) { try negotiation.receive(reply(.nak, logs: wanted.logs)) }
  }
}

@Suite struct `Firehose start-up logs` {
  private func startup(_ lines: [String]) -> FirehoseStartup {
    var startup = FirehoseStartup()
    for line in lines { startup.take(FirehoseLog(line)) }
    return startup
  }

  @Test func `the new style is a name a line`() {
    let found = startup([
      "INFO: Binary build date: Feb 12 2019 @ 12:20:29", "INFO: Binary build date: Feb 12 2019 @ 12:20:29\n",
      "INFO: Chip serial num: 3595145395 (0xd64990b3)", "INFO: Supported Functions (3):", "INFO: program",
      "INFO: Read", "INFO: nop", "INFO: End of supported functions 3", "INFO: later",
    ])
    #expect(found.functions == ["program", "read", "nop"] && found.isComplete)
    #expect(found.chipSerialNumber == 0xD649_90B3)
    #expect(found.buildDate == "Feb 12 2019 @ 12:20:29")
    #expect(found.has("PROGRAM") && !found.has("erase"))
  }

  @Test func `the old style is one line`() {
    let found = startup(["Supported Functions: program configure nop read getstorageinfo erase peek poke "])
    #expect(found.functions?.count == 8 && found.has("peek") && !found.has("patch"))
  }

  @Test func `without a list the usual is assumed`() {
    let found = startup(["fh.attrs.Verbose is set to 0"])
    #expect(found.functions == nil && found.has("patch") && !found.has("fixgpt"))
  }

  @Test func `a wish for digest tables is heard`() {
    #expect(startup(["INFO: VIP is enabled, receiving the signed table of size 8192"]).wantsDigestTable)
  }
}

@Suite struct `Reasons in logs` {
  @Test(
    arguments: [
      ("ERROR: Attribute 'SECTOR_SIZE_IN_BYTES'=512 must be equal to disk sector size 4096", .sectorSize(4096)),
      ("ERROR: sector size 512 different from device sector size (4096)", .sectorSize(4096)),
      ("WARN: Host's payload to target size is too large", .payloadTooLarge),
      ("ERROR: Not support configure MemoryName eMMC", .wrongMemory(use: .ufs)),
      ("ERROR: Failed to open the SDCC Device slot 0 partition 0", .wrongMemory(use: .ufs)),
      ("ERROR: Failed to initialize (open whole lun) UFS Device slot 0 partition 0", .storageNotOpened),
      ("ERROR: Failed to open the UFS Device slot 0 partition 7", .noPartition),
      ("ERROR: Failed to set the IO options", .ioOptions),
      ("ERROR: OPEN handle NULL and no error, weird 344", .storageStackLost),
      ("ERROR: Only nop and sig tag can be recevied before authentication.", .authenticationRequired),
      ("ERROR: Verifying signature failed with 3", .signatureRefused),
      ("ERROR: patch size too large 128", .patchTooLarge), ("ERROR: Range restricted", .rangeRestricted),
      ("[ERROR 12: Line 1: STORAGE_READ_FAILURE]", .storageFailure("STORAGE_READ_FAILURE")),
      ("ERROR: XML not formed correctly. Expected a closing tag", .notXML),
      ("ERROR: Invalid parameters", .invalidParameters),
    ] as [(String, FirehoseReason)]) func `a line is recognised`(line: String, reason: FirehoseReason)
  {
    #expect(FirehoseReason(line) == reason)
  }

  @Test(arguments: ["DEBUG: Can't decode attribute slot with value", "INFO: Calling handler for read", ""])
  func `harmless lines mean nothing`(line: String) { #expect(FirehoseReason(line) == nil) }

  @Test func `the last error goes with the refusal`() {
    let refusal = FirehoseRefusal(command: "read", logs: ["INFO: a", "ERROR: first", "ERROR: last", "INFO: b"])
    #expect(refusal.lastError == "ERROR: last")
  }
}

@Suite struct `Firehose answers` {
  private func collector(logLimit: Int = 100, noise: UInt64 = 1000) -> FirehoseReplyCollector {
    FirehoseReplyCollector(command: "read", logLimit: logLimit, noiseByteCount: noise)
  }

  @Test func `bytes between documents are passed over up to a bound`() throws {
    var collector = self.collector()
    #expect(try collector.receive(.skipped(byteCount: 1000)) == .listen(isProgress: false))
    #expect(throws: FirehoseError.violation(.excessData(byteCount: 1001), during: "read")) {
      try collector.receive(.skipped(byteCount: 1))
    }
  }

  @Test func `logs, and responses that only promise another one, have an end`() throws {
    var logs = self.collector(logLimit: 3)
    for _ in 0..<3 { #expect(try logs.receive(.message(.log(FirehoseLog("INFO: x")))) == .listen(isProgress: true)) }
    #expect(throws: FirehoseError.violation(.endlessLogs(count: 4), during: "read")) {
      try logs.receive(.message(.log(FirehoseLog("INFO: x"))))
    }
    var retries = self.collector(logLimit: 3)
    let retry = FirehoseResponse(.nak, attributes: [XMLAttribute("AttemptRetry", "1")])
    for _ in 0..<3 { _ = try retries.receive(.message(.response(retry))) }
    #expect(throws: FirehoseError.self) { try retries.receive(.message(.response(retry))) }
  }

  @Test func `the last words are the last error, else the last line`() throws {
    var collector = self.collector()
    #expect(collector.lastWords == nil)
    _ = try collector.receive(.message(.log(FirehoseLog("INFO: begins"))))
    #expect(collector.lastWords == "INFO: begins")
    _ = try collector.receive(.message(.log(FirehoseLog("ERROR: it hurts"))))
    _ = try collector.receive(.message(.log(FirehoseLog("INFO: goes on"))))
    #expect(collector.lastWords == "ERROR: it hurts")
  }

  @Test func `a kind of storage is only advised where the line tells it`() {
    #expect(FirehoseReason("ERROR: Not support configure MemoryName ufs") == .wrongMemory(use: nil))
  }
}

@Suite struct `getstorageinfo` {
  private func info(_ lines: [String], _ attributes: [String: String] = [:]) -> FirehoseStorageInfo {
    FirehoseStorageInfo(
      FirehoseReply(
        command: "getstorageinfo",
        response: FirehoseResponse(.ack, attributes: attributes.map { XMLAttribute($0.key, $0.value) }), logs: lines))
  }

  @Test func `JSON counts before lines`() {
    let found = info([
      "INFO: Device Total Logical Blocks: 0x1", "INFO: Device Total Physical Partitions: 0x6",
      #"INFO: {"storage_info": {"total_blocks":30119936, "block_size":4096, "page_size":4096, "num_physical":6, "manufacturer_id":408, "serial_num":1212760641, "fw_version":"300","mem_type":"UFS","prod_name":"THGAF8T0T43BAIRB0300"}}"#,
      "INFO: UFS Raw Device Capacity: = 0xee64000",
    ])
    #expect(found.sectorCount == 30_119_936 && found.sectorByteCount == 4096 && found.partitionCount == 6)
    #expect(found.serialNumber == 1_212_760_641 && found.productName == "THGAF8T0T43BAIRB0300")
  }

  @Test func `lines and attributes will do`() {
    let lines = info(["num_partition_sectors=61071360", "SECTOR_SIZE_IN_BYTES=512", "num_physical_partitions=3"])
    #expect(lines.sectorCount == 61_071_360 && lines.sectorByteCount == 512 && lines.partitionCount == 3)
    let words = info(["INFO: Device Total Logical Blocks: 0x1cb9800", "INFO: Device Block Size in Bytes: 0x1000"])
    #expect(words.sectorCount == 0x1CB_9800 && words.sectorByteCount == 4096)
    #expect(info([], ["bNumberLu": "5"]).partitionCount == 5)
  }

  @Test(
    arguments: [
      #"{"storage_info": {"total_blocks":"#, #"{"a":{"a":{"a":"#, "{\"\"\"\"\":::",
      "{\"total_blocks\":-1,\"block_size\":3}",
      "total blocks: 99999999999999999999999", "num_physical=1000000",
    ]) func `broken answers say nothing`(line: String)
  {
    let found = info([line])
    #expect(found.sectorCount == nil && found.sectorByteCount == nil && found.partitionCount == nil)
  }
}

@Suite struct `Raw data from a device` {
  @Test(arguments: [1, 7, 512, 1000, 4096]) func `bytes are counted however they are cut`(size: Int) throws {
    let output = CollectedBytes()
    let receiver = FirehoseRawConsumer(expecting: 10_000, command: "read", output: output)
    let sent = (0..<10_100).map { UInt8(truncatingIfNeeded: $0) }
    var position = 0
    while !receiver.data.isComplete {
      #expect(!receiver.endsAtShortTransfer)
      let end = min(position + size, sent.count)
      let piece = Array(sent[position..<end])
      try receiver.consume(piece.rawSpan)
      position = end
    }
    #expect(receiver.endsAtShortTransfer)
    #expect(output.bytes == Array(sent[..<10_000]))
    #expect(receiver.surplus == Array(sent[10_000..<position]))
    #expect(receiver.reply == nil)
  }

  @Test func `a response in place of data ends them and is no data`() throws {
    let output = CollectedBytes()
    let receiver = FirehoseRawConsumer(expecting: 4096, command: "read", output: output)
    let piece = [UInt8](repeating: 1, count: 512)
    let refusal = FirehoseResponse(.nak).document
    try receiver.consume(piece.rawSpan)
    try receiver.consume(refusal.rawSpan)
    #expect(receiver.endsAtShortTransfer && receiver.reply?.response.isACK == false)
    #expect(output.bytes == piece && receiver.data.received == 512)
  }

  @Test func `a response in place of data is told from data`() {
    let refusal = FirehoseLog("ERROR: no").document + FirehoseResponse(.nak).document
    #expect(FirehoseRawReceiver.reply(in: refusal, command: "read")?.refusal.lastError == "ERROR: no")
    #expect(FirehoseRawReceiver.reply(in: [UInt8](repeating: 0x20, count: 512), command: "read") == nil)
    #expect(FirehoseRawReceiver.reply(in: Array("<?xml is data here".utf8), command: "read") == nil)
    let padded = refusal + [UInt8](repeating: 0, count: 512 - refusal.count)
    #expect(FirehoseRawReceiver.reply(in: padded, command: "read") == nil)
  }
}
