import FlashImages
import Testing
import WireFormat

@testable import DeviceSimulator
@testable import MediaTek

@Suite struct `XML agent: worked transcripts` {
  private static let toy = (0..<16).map { UInt8($0) }
  private static let pattern = (0..<0x200).map { UInt8($0 % 256) }

  @Test func `a host says exactly what stands there`() throws {
    let transcript = try XMLAgentTranscript(XMLAgentTranscripts.session)
    var player = XMLAgentHostPlayer(transcript.lines[...])
    let start = try player.device()
    #expect(XMLAgentMessage(parsing: start) == .request(.start))
    player.expect(host: XMLAgentToken.ok(nil).payload)
    for command in [
      XMLAgentCommand.setRuntimeParameter(), .hostSupportedCommands, .setHostInfo("flashctl"), .notifyInitHardware,
    ] {
      #expect(try player.play(XMLCommandSession(command)).failure == nil)
    }
    let boot = XMLCommandSession(
      .bootTo(0x4000_0000, byteCount: 16), files: .sending("MEM://0x0:0x10", byteCount: 16), ending: .nextStage)
    #expect(try player.play(boot, content: Self.toy).failure == nil)
    try playQuestions(&player)
    try playStorage(&player)
    #expect(player.lines.isEmpty)
  }

  private func playQuestions(_ player: inout XMLAgentHostPlayer) throws {
    let documents = XMLAgentFiles.receiving(atMost: 0x20_0000)
    let property = try player.play(XMLCommandSession(.getSystemProperty("DA.SLA"), files: documents))
    #expect(property.failure == nil && XMLAgentProperties.value(of: "DA.SLA", in: player.received) == "DISABLED")
    let hardware = try player.play(XMLCommandSession(.getHardwareInfo, files: documents))
    #expect(hardware.failure == nil && player.received == Array(XMLAgentTranscripts.hardware.utf8))
    let table = try player.play(XMLCommandSession(.readPartitionTable, files: documents))
    #expect(table.failure == nil && XMLAgentPartition.table(parsing: player.received)?.count == 3)
  }

  private func playStorage(_ player: inout XMLAgentHostPlayer) throws {
    let read = try player.play(
      XMLCommandSession(.readPartition("para", to: "para.bin"), files: .receiving(atMost: .max)))
    #expect(read.failure == nil && player.received == Self.pattern && read.receivedByteCount == 0x200)
    let write = try player.play(
      XMLCommandSession(.writePartition("para", from: "para.bin"), files: .sending("para.bin", byteCount: 0x180)),
      content: Self.pattern)
    #expect(write.failure == nil)
    let erase = try player.play(XMLCommandSession(.erasePartition("nosuch")))
    #expect(
      erase.failure == .refused(XMLAgentRefusal(message: "Partition not found."), during: "ERASE-PARTITION"))
    #expect(try player.play(XMLCommandSession(.reboot(.immediate), ending: .leaving)).failure == nil)
  }

  @Test func `a device says exactly what stands there, until its storage is listed`() throws {
    let transcript = try XMLAgentTranscript(XMLAgentTranscripts.session)
    var layout = MediaTekLayout.emmc(userByteCount: 0x3_A3E0_0000, name: "AJTD4R")
    layout.sections[3].partitions = []
    var settings = XMLAgentSettings(layout)
    settings.storageID = HexBytes(try #require(Hex.bytes("150100414a5444345206e12fc0338949")))
    settings.memory = ByteCount(0x8000_0000)
    let storage = try MediaTekStorage(layout, name: "transcript", folder: nil)
    try partition(storage, ["proinfo": 0x30_0000, "misc": 0x8_0000, "para": 0x8_0000])
    var player = XMLAgentDevicePlayer(
      agent: XMLAgentSimulation(settings: settings, quirks: XMLAgentQuirks(), storage: storage))
    player.agent.start(Self.start, at: .zero)
    player.play(transcript.part("DA1", "DA2", "info", "list"))
  }

  @Test func `a device says exactly what stands there, with a toy of a partition`() throws {
    let transcript = try XMLAgentTranscript(XMLAgentTranscripts.session)
    var layout = MediaTekLayout.emmc(userByteCount: 1 << 20, name: "AJTD4R")
    layout.sections[3].partitions = []
    var settings = XMLAgentSettings(layout)
    settings.dataPacket = ByteCount(0x100)
    let storage = try MediaTekStorage(layout, name: "transcript", folder: nil)
    try partition(storage, ["para": 0x200])
    var agent = XMLAgentSimulation(settings: settings, quirks: XMLAgentQuirks(), storage: storage)
    agent.isSecondStage = true
    agent.isInitialised = true
    agent.state = .ready
    let para = try #require(agent.partitions.first)
    let file = try #require(storage["user"]).file
    try file.write(Self.pattern.rawSpan, at: para.offset)
    var player = XMLAgentDevicePlayer(agent: agent)
    player.play(transcript.part("read", "write", "an error", "reboot"))
    let stored = try file.bytes(at: para.offset, count: 0x200)
    #expect(stored == Self.pattern)
    player.agent.advance(to: .milliseconds(100))
    #expect(player.agent.takeEvents().last == .leaves(.restart))
  }

  @Test func `a command that an agent does not know`() throws {
    let transcript = try XMLAgentTranscript(XMLAgentTranscripts.unknownCommand)
    var host = XMLAgentHostPlayer(transcript.lines[...])
    let session = try host.play(
      XMLCommandSession(.canHigherUSBSpeed, files: .receiving(atMost: 0x40)))
    #expect(session.failure == .unsupported("CAN-HIGHER-USB-SPEED") && host.lines.isEmpty)
    let layout = MediaTekLayout.emmc(userByteCount: 1 << 20, name: "AJTD4R")
    let storage = try MediaTekStorage(layout, name: "transcript", folder: nil)
    var agent = XMLAgentSimulation(settings: XMLAgentSettings(layout), quirks: XMLAgentQuirks(), storage: storage)
    agent.isSecondStage = true
    agent.state = .ready
    var player = XMLAgentDevicePlayer(agent: agent)
    player.play(transcript.lines[...])
  }

  // MARK: Notes for cross-checks with existing hosts

  /// An agent in its second stage with a small partition, and hosts that differ from ours.
  private func agent(_ quirks: XMLAgentQuirks = XMLAgentQuirks()) throws -> XMLAgentSimulation {
    var layout = MediaTekLayout.emmc(userByteCount: 1 << 20, name: "AJTD4R")
    layout.sections[3].partitions = []
    let storage = try MediaTekStorage(layout, name: "transcript", folder: nil)
    try partition(storage, ["para": 0x400])
    var agent = XMLAgentSimulation(settings: XMLAgentSettings(layout), quirks: quirks, storage: storage)
    agent.isSecondStage = true
    agent.isInitialised = true
    agent.state = .ready
    return agent
  }

  private func say(_ payload: [UInt8], to agent: inout XMLAgentSimulation) -> [String] {
    let frame = XMLAgentFrame(byteCount: UInt32(payload.count)).bytes + payload
    _ = agent.receive(frame.rawSpan, endsTransfer: true, at: .zero)
    var answers: [String] = []
    while case .transfer(let bytes, _) = agent.transmit(atMost: 512, at: .zero) {
      guard (try? XMLAgentFrame(parsing: bytes)) == nil else { continue }
      let text = XMLAgentText(bytes)
      answers.append(text.value("command") ?? text.text)
    }
    return answers
  }

  @Test func `a host that takes its time with START, forgets an acknowledgement, or says too much`() throws {
    var agent = try agent()
    let erase = XMLAgentCommand.erasePartition("nosuch").payload
    // OK and command back to back; the end is answered with the next command.
    #expect(say(XMLAgentToken.ok(nil).payload, to: &agent) == [])
    #expect(say(erase, to: &agent) == ["OK", "CMD:END"])
    #expect(say(erase, to: &agent) == ["OK", "CMD:END"])
    // A second NUL, and a superfluous OK.
    #expect(say(Array("OK\0\0".utf8), to: &agent) == ["CMD:START"])
    #expect(say(XMLAgentToken.ok(nil).payload, to: &agent) == [])
    #expect(say(Array("<da>nothing".utf8), to: &agent) == ["ERR!UNSUPPORTED", "CMD:END"])
  }

  @Test func `a host that sends more than it has announced, and sizes in decimal`() throws {
    var agent = try agent()
    let write = XMLAgentCommand.writeFlash("EMMC-USER", offset: 0x8000, from: "x").payload
    #expect(say(write, to: &agent) == ["OK", "CMD:FILE-SYS-OPERATION"])
    #expect(say(Array("OK\0".utf8), to: &agent) == [])
    #expect(say(Array("OK@NOT-EXISTS\0\0".utf8), to: &agent) == ["CMD:PROGRESS-REPORT"])
    #expect(say(Array("OK\0".utf8), to: &agent) == ["OK!EOT"])
    #expect(say(Array("OK\0".utf8), to: &agent) == ["CMD:DOWNLOAD-FILE"])
    #expect(say(Array("OK\0".utf8), to: &agent) == [])
    #expect(say(Array("OK@3\0".utf8), to: &agent) == ["OK"])
    #expect(say(Array("OK@0x0\0".utf8), to: &agent) == ["OK"])
    #expect(say([1, 2, 3] + [UInt8](repeating: 9, count: 509), to: &agent) == ["OK", "CMD:END"])
    // One host acknowledges the last chunk once more: that is taken for the end's.
    #expect(say(Array("OK\0".utf8), to: &agent) == ["CMD:START"])
    #expect(say(Array("OK\0".utf8), to: &agent) == [])
    let stored = try #require(agent.storage["user"]).file
    #expect(try stored.bytes(at: 0x8000, count: 5) == [1, 2, 3, 0, 0])
  }

  @Test func `garbage before a frame is passed over`() throws {
    var agent = try agent()
    let garbage: [UInt8] = [0xA0, 0xEF, 0xEE, 0xA0, 0xEF, 0xEF, 0xEE]
    _ = agent.receive(garbage.rawSpan, endsTransfer: true, at: .zero)
    #expect(say(XMLAgentCommand.erasePartition("nosuch").payload, to: &agent) == ["OK", "CMD:END"])
  }

  @Test func `strict agents hang where others forgive`() throws {
    var quirks = XMLAgentQuirks()
    quirks.insistsOnEnd = true
    var agent = try agent(quirks)
    let erase = XMLAgentCommand.erasePartition("nosuch").payload
    #expect(say(erase, to: &agent) == ["OK", "CMD:END"])
    #expect(say(erase, to: &agent) == [])
    quirks.insistsOnSplit = true
    var split = try self.agent(quirks)
    #expect(say(erase, to: &split) == [])
  }

  // MARK: Making devices

  private static let start = AgentStart(
    isFromBootROM: true, loadAddress: 0x200_0000, image: [], signatureByteCount: 0, hardwareCode: 0x1208,
    hardwareSubCode: 0, hardwareVersion: 0, softwareVersion: 0, meID: [], socID: [], isHighSpeed: true)

  /// Partitions one behind the other, from the 64th sector on.
  private func partition(_ storage: MediaTekStorage, _ sizes: KeyValuePairs<String, UInt64>) throws {
    let user = try #require(storage["user"])
    let builder = GPTBuilder(sectorByteCount: 512, sectorCount: user.sectorCount, name: "transcript", alignment: 64)
    let entries = EDLLayout.Section.entries(
      of: sizes.map { EDLLayout.Partition($0.key, $0.value) }, sectorByteCount: 512, sectorCount: user.sectorCount)
    for write in try builder.writes(of: entries) { try user.file.write(write.bytes.rawSpan, at: write.lba * 512) }
  }
}
