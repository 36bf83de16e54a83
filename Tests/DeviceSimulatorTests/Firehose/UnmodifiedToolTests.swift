import Testing
import WireFormat

@testable import DeviceSimulator

/// What tools that nobody here wrote need, one test for each entry of the tables "What unmodified tools need" in
/// `docs/protocols/firehose.md` 11 and `docs/protocols/sahara.md` 7.
@Suite struct `What unmodified tools need` {
  private static let emergency = `Devices in emergency download mode`.models

  private func banner(_ model: String) throws -> (host: EDLHost, transfers: [[UInt8]]) {
    var host = try EDLHost(model)
    try host.load(isSingleImage: model != "sa8775p")
    return (host, host.transfers())
  }

  private func isWholeDocument(_ transfer: [UInt8]) -> Bool {
    let text = String(decoding: transfer, as: UTF8.self)
    return text.hasPrefix("<?xml") && text.hasSuffix("</data>") && text.split(separator: "</data>").count == 1
      && (try? XMLDocument(parsing: transfer)) != nil
  }

  private static let commands = [
    "<nop/>", "<configure MaxPayloadSizeToTargetInBytes=\"16384\" ZLPAwareHost=\"1\"/>",
    "<getstorageinfo physical_partition_number=\"0\"/>", "<frobnicate/>",
    "<peek address64=\"1048576\" size_in_bytes=\"64\"/>", "<setbootablestoragedrive value=\"1\"/>",
    "<erase physical_partition_number=\"0\" start_sector=\"100\" num_partition_sectors=\"4\"/>",
    "<getsha256digest physical_partition_number=\"0\" start_sector=\"100\" num_partition_sectors=\"4\"/>",
    "<benchmark trials=\"5\" TestReadPerformance=\"1\"/>", "<power value=\"reset\" DelayInSeconds=\"1\"/>",
  ]

  @Test(arguments: ["msm8916-emmc", "sdm845-ufs", "sa8775p", "mdm9207-nand", "ipq-spinor"])
  func `qdl, edl: each transfer is one whole, well-formed document of at most 511 bytes`(model: String) throws {
    var (host, transfers) = try banner(model)
    for command in Self.commands {
      host.send(EDLHost.document(command))
      transfers += host.transfers()
    }
    #expect(transfers.count > 30)
    for transfer in transfers {
      #expect(isWholeDocument(transfer), "\(String(decoding: transfer, as: UTF8.self))")
      #expect(transfer.count <= 511)
    }
  }

  @Test(arguments: ["msm8916-emmc", "sdm845-ufs", "sa8775p", "mdm9207-nand", "ipq-spinor"])
  func `edl: every response has the literal "<response value" in it`(model: String) throws {
    var (host, _) = try banner(model)
    for command in Self.commands {
      #expect(host.ask(command).filter { $0.contains("<response value=\"") }.count == 1, "\(command)")
    }
  }

  @Test(arguments: emergency)
  func `qdlrs: there is at least one start-up log, and a transfer has no more than one`(model: String) throws {
    let (_, transfers) = try banner(model)
    #expect(!transfers.isEmpty)
    for transfer in transfers {
      #expect(String(decoding: transfer, as: UTF8.self).split(separator: "<log ").count == 2)
    }
  }

  @Test func `qdlrs: newer programmers end their list`() throws {
    let (_, transfers) = try banner("sdm845-ufs")
    #expect(String(decoding: transfers.last ?? [], as: UTF8.self).contains("INFO: End of supported functions"))
  }

  @Test(arguments: ["msm8916-emmc", "sdm845-ufs", "sa8775p", "mdm9207-nand", "ipq-spinor"])
  func `qdl, qdlrs: the answer to configure has versions and sizes`(model: String) throws {
    var (host, _) = try banner(model)
    let answers = try host.configureProgrammer(payload: 16384)
    let answer = try #require(answers.first { $0.contains("<response") })
    for attribute in [
      "Version=\"1\"", "MinVersionSupported=\"1\"", "MaxXMLSizeInBytes=\"4096\"",
      "MaxPayloadSizeToTargetInBytes=\"16384\"", "MaxPayloadSizeToTargetInBytesSupported=\"",
    ] { #expect(answer.contains(attribute)) }
  }

  @Test(arguments: [("msm8916-emmc", 512), ("sdm845-ufs", 4096), ("mdm9207-nand", 2048), ("ipq-spinor", 4096)])
  func `qdl: a wrong sector size and a partition that is not there are refused, so that its scan ends`(
    model: String, sector: Int
  ) throws {
    var (host, _) = try banner(model)
    try host.configureProgrammer(payload: 16384)
    var last = 0
    while last < 16, host.read("1", 1, section: last, sector: sector) != nil { last += 1 }
    #expect(last == ["msm8916-emmc": 3, "sdm845-ufs": 6][model, default: 1])
    for other in [512, 2048, 4096] where other != sector { #expect(host.read("1", 1, sector: other) == nil) }
  }

  @Test func `qdl: raw chunks end at whole sectors of the payload, each followed by a zero-length packet`() throws {
    var (host, _) = try banner("sdm845-ufs")
    try host.configureProgrammer(payload: 10000)
    host.send(
      EDLHost.document(
        "<read SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"5\" physical_partition_number=\"0\" start_sector=\"0\"/>"
      ))
    var isRaw = false
    while !isRaw, case .data(let bytes, _) = host.receive(atMost: 4096) { isRaw = bytes == Array(Wire.raw.utf8) }
    for count in [8192, 8192, 4096] {
      guard case .data(let bytes, _) = host.receive(atMost: count) else { return }
      #expect(bytes.count == count)
      #expect(host.receive(atMost: 512) == .data([], isEnd: true))
    }
    #expect(host.transfers() == [Array(Wire.ack.utf8)])
  }

  @Test func `qdl: after DelayInSeconds=10 the device goes though nobody listens`() throws {
    var (host, _) = try banner("sdm845-ufs")
    host.send(EDLHost.document("<power value=\"reset\" DelayInSeconds=\"10\"/>"))
    _ = host.receive(atMost: 4096)
    _ = host.receive(atMost: 4096)
    host.now += .seconds(10)
    host.port.advance(to: host.now)
    host.port.advance(to: host.now + .seconds(1))
    #expect(!host.port.isAttached)
  }

  @Test func `qdl, edl: the JSON tells blocks and pages alike, and the number of LUNs`() throws {
    var (host, _) = try banner("sdm845-ufs")
    try host.configureProgrammer()
    let answers = host.ask("<getstorageinfo physical_partition_number=\"0\"/>")
    let logs = EDLHost.logs(answers)
    let json = try #require(logs.first { $0.contains("storage_info") })
    for member in [
      "total_blocks&quot;:262144,", "block_size&quot;:4096,", "page_size&quot;:4096,", "num_physical&quot;:6,",
    ] {
      #expect(json.contains(member))
    }
    #expect(json.hasPrefix("INFO: {"))
  }

  @Test(arguments: [16384, 1 << 20])
  func `edl: an empty write after every raw chunk does no harm`(chunk: Int) throws {
    var (host, _) = try banner("sdm845-ufs")
    try host.configureProgrammer()
    let data = (0..<64 << 10).map { UInt8(truncatingIfNeeded: $0 >> 3) }
    host.ask(
      "<program SECTOR_SIZE_IN_BYTES=\"4096\" num_partition_sectors=\"16\" physical_partition_number=\"0\" start_sector=\"100\"/>"
    )
    for place in stride(from: 0, to: data.count, by: chunk) {
      host.send(Array(data[place..<min(data.count, place + chunk)]))
      host.send([])
    }
    host.send([])
    #expect(host.transfers() == [Array(Wire.ack.utf8)])
    #expect(host.read("100", 16) == data)
  }

  @Test func `qdlrs: reset_to_edl after a NAK is obeyed`() throws {
    var (host, _) = try banner("sdm845-ufs")
    #expect(host.ask("<frobnicate/>").last == Wire.nak)
    host.ask("<power value=\"reset_to_edl\"/>")
    #expect(host.port.returnsAt != nil)
  }

  @Test func `fwupd: a NAK can have only the supported size`() throws {
    var host = try EDLHost("sdm845-ufs", settings: [("configure-answer", "nak-supported")])
    try host.load()
    _ = host.transfers()
    let answers = try host.configureProgrammer()
    let answer = try #require(answers.last)
    #expect(answer.contains("MaxPayloadSizeToTargetInBytesSupported=") && !answer.contains("InBytes=\""))
  }

  @Test func `libqmi: its spellings are understood`() throws {
    var (host, _) = try banner("mdm9207-nand")
    try host.configureProgrammer(payload: 8192)
    for element in ["<NOP />", "<getStorageInfo physical_partition_number=\"0\" />"] {
      #expect(host.ask(element).last == Wire.ack)
    }
    host.ask("<power DelayInSeconds=\"3\" value=\"reset\" />")
    #expect(!host.port.isAttached)
  }

  // MARK: Sahara

  @Test func `edl: command mode first, then SWITCH_MODE(3), HELLO at once, and the loader in pieces of 16 KiB`() throws
  {
    var host = try EDLHost()
    #expect(host.transfers().count == 1)
    host.send(EDLHost.bytes([2, 48, 2, 1, 0, 3, 1, 2, 3, 4, 5, 6]))
    #expect(host.transfers() == [EDLHost.bytes([0x0B, 8])])
    for command in [1, 2, 3] as [UInt32] {
      host.send(EDLHost.bytes([0x0D, 12, command]))
      _ = host.transfers()
      host.send(EDLHost.bytes([0x0F, 12, command]))
      #expect(host.transfers().first?.isEmpty == false)
    }
    host.send(EDLHost.bytes([0x0C, 12, 3]))
    guard case .data(let hello, _) = host.receive(atMost: 512) else {
      Issue.record("no HELLO")
      return
    }
    #expect(EDLHost.words(hello).prefix(2) == [1, 48])
    host.send(EDLHost.bytes([2, 48, 2, 1, 0, 0, 1, 2, 3, 4, 5, 6]))
    try host.load()
    #expect(host.transfers().count > 10)
  }

  @Test func `qdlrs: one client command a visit, the key hash three times`() throws {
    var host = try EDLHost()
    for command in [1, 3] as [UInt32] {
      #expect(host.transfers().count == 1)
      host.send(EDLHost.bytes([2, 48, 2, 1, 0, 3, 0, 0, 0, 0, 0, 0]))
      _ = host.transfers()
      host.send(EDLHost.bytes([0x0D, 12, command]))
      _ = host.transfers()
      host.send(EDLHost.bytes([0x0F, 12, command]))
      let answers = host.transfers()
      let answer = try #require(answers.first)
      if command == 3 {
        #expect(answer.count == 96)
        #expect(answer[..<32] == answer[32..<64].map { $0 }[...])
      } else {
        #expect(answer == EDLHost.bytes([0xD649_90B3]))
      }
      host.send(EDLHost.bytes([0x0C, 12, 0]))
    }
    #expect(host.transfers().count == 1)
  }

  @Test func `qdl: a zero-length packet after loader data is tolerated`() throws {
    var host = try EDLHost("sdm845-ufs", settings: [("read-chunk", "512")])
    let loader = ELFSample.elf64
    for _ in 0..<10_000 {
      guard case .data(let packet, _) = host.receive(atMost: 4096) else { break }
      let words = EDLHost.words(packet)
      if words[0] == 1 { host.send(EDLHost.bytes([2, 48, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0])) }
      if words[0] == 0x12 {
        host.send(Array(loader[Int(words[4])..<Int(words[4] + words[6])]))
        if words[6] % 512 == 0 { host.send([]) }
      }
      if words[0] == 4 { host.send(EDLHost.bytes([5, 8])) }
      if words[0] == 6 { break }
    }
    #expect(host.transfers().count > 10)
  }

  @Test func `fwupd: DONE_RSP of an old device is 0`() throws {
    var host = try EDLHost("msm8916-emmc")
    try host.load(ELFSample.elf32)
    #expect(EDLProfile.msm8916.settings.done == .pending)
    #expect(host.imageIDs == [13])
  }
}
