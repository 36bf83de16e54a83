import FlashCore
import MediaTek
import Testing
import WireFormat

@testable import DeviceSimulator

@Suite struct `XFlash: worked examples` {
  private let policy = XFlashPolicy()

  @Test func `the host says what the long example says`() throws {
    let transcript = try XFlashTranscript(XFlashVectors.session)
    // The raw byte at the beginning belongs to no session.
    var position = 1
    _ = try transcript.play(XFlashExchange.setUp(XFlashEnvironment(), policy), from: &position)
    let starter = try transcript.play(XFlashExchange.get(.getConnectionAgent, policy), from: &position)
    #expect(starter.answer == Array("preloader".utf8))
    _ = try transcript.play(XFlashExchange.boot(Array(0..<16), at: 0x4000_0000, policy), from: &position)
    let signed = try transcript.play(XFlashExchange.get(.getSLAStatus, policy), from: &position)
    #expect(signed.answer == [0, 0, 0, 0])
    let storage = try transcript.play(XFlashExchange.get(.getEMMCInfo, policy), from: &position)
    let emmc = try XFlashEMMCInfo(parsing: storage.answer.rawSpan)
    #expect(emmc.user == 0x3_A3E0_0000 && emmc.boot1 == 0x40_0000 && emmc.productName == "AJTD4R")
    let other = try transcript.play(XFlashExchange.get(.getUFSInfo, policy), from: &position)
    #expect(try XFlashUFSInfo(parsing: other.answer.rawSpan).type == .none)
    #expect(
      try transcript.play(XFlashExchange.get(.getAgentVersion, policy), from: &position).answer == Array("1.0".utf8))
    _ = try transcript.play(XFlashExchange.get(.getUSBSpeed, policy), from: &position)
    let lengths = try transcript.play(XFlashExchange.get(.getPacketLength, policy), from: &position).answer
    #expect(try XFlashPacketLengths(parsing: lengths.rawSpan) == XFlashPacketLengths(write: 0x8000, read: 0x8000))
    try storageCommands(transcript, from: &position)
    _ = try transcript.play(XFlashExchange.shutDown(.reboot(), policy), from: &position)
    #expect(position == transcript.messages.count)
  }

  private func storageCommands(_ transcript: XFlashTranscript, from position: inout Int) throws {
    let table = try transcript.play(XFlashReading(partition: "PGPT", policy), from: &position)
    #expect(table.byteCount == 0x8000 && table.position == 0x8000)
    let user = try #require(XFlashSection(named: "user", of: .emmc))
    let stretch = XFlashExtent(type: .emmc, section: user, start: 0x8000, length: 0x8200)
    let read = try transcript.play(XFlashReading(stretch, policy), from: &position)
    #expect(read.position == 0x8200)
    _ = try transcript.play(XFlashExchange.act(.startDownloadInfo, policy), from: &position)
    let named = try transcript.play(
      XFlashWriting(partition: "para", byteCount: 0x200, chunkByteCount: 0x8000, policy), from: &position)
    #expect(named.position == 0x200)
    _ = try transcript.play(XFlashExchange.act(.endDownloadInfo, policy), from: &position)
    let place = XFlashExtent(type: .emmc, section: user, start: 0x38_8000, length: 0x200)
    let written = try transcript.play(XFlashWriting(place, chunkByteCount: 0x8000, policy), from: &position)
    #expect(written.position == 0x200)
  }

  @Test func `the simulated agent answers what the long example answers`() throws {
    var device = try XFlashVectors.device()
    try XFlashTranscript(XFlashVectors.session).play(to: &device)
    #expect(device.takeEvents().contains(.leaves(.restart)))
    let stored = try device.storage["user"]?.file.bytes(at: 0x38_8000, count: 0x200)
    #expect(stored == XFlashTranscript.pattern(0x200))
  }

  /// Section 6: an answer, a setting, and what is unknown.
  static let controls = """
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 04000200 ; D> ok
    H> efeeeefe 01000000 04000000 | 68000000 ; D> ok
    H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
    H> efeeeefe 01000000 04000000 | 11000400
    D> efeeeefe 01000000 04000000 | 040001c0
    H> efeeeefe 01000000 04000000 | 11000100
    D> efeeeefe 01000000 04000000 | 030001c0
    """

  @Test func `settings and unknown controls go as in the examples`() throws {
    var device = try XFlashVectors.readyDevice()
    let transcript = try XFlashTranscript(Self.controls)
    transcript.play(to: &device)
    var position = 0
    _ = try transcript.play(XFlashExchange.set(.setResetKey, [[0x68, 0, 0, 0]], policy), from: &position)
    #expect(throws: XFlashError.refused(.unsupportedControl, during: "GET_EXPIRE_DATE", place: nil)) {
      try transcript.play(XFlashExchange.get(.getExpireDate, policy), from: &position)
    }
  }

  /// Section 9.5, with a real length behind the start.
  static let formatting = """
    H> efeeeefe 01000000 04000000 | 03000100 ; D> ok
    H> efeeeefe 01000000 38000000 | 01000000 08000000 00803800 00000000 00000800 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 ; D> ok
    D> efeeeefe 01000000 04000000 | 04000440
    D> efeeeefe 01000000 04000000 | 32000000
    H> efeeeefe 01000000 04000000 | 00000000
    D> efeeeefe 01000000 04000000 | 05000440
    """

  @Test func `erasing goes as in the example`() throws {
    let transcript = try XFlashTranscript(Self.formatting)
    let user = try #require(XFlashSection(named: "user", of: .emmc))
    let extent = XFlashExtent(type: .emmc, section: user, start: 0x38_8000, length: 0x8_0000)
    #expect(try transcript.play(XFlashFormatting(extent, policy)).percent == 100)
    var device = try XFlashVectors.readyDevice()
    let old = [UInt8](repeating: 7, count: 0x1000)
    try device.storage["user"]?.file.write(old.rawSpan, at: 0x38_8000)
    transcript.play(to: &device)
    #expect(try device.storage["user"]?.file.bytes(at: 0x38_8000, count: 0x1000).allSatisfy { $0 == 0 } == true)
  }

  /// Section 5.5; the block is 448 bytes.
  @Test func `settings of memory go as in the example`() throws {
    let block = Array("MTK_BLOADER_INFO_v51".utf8) + [UInt8](repeating: 0, count: 428)
    let text = """
      H> efeeeefe 01000000 04000000 | 0a000100 ; D> ok
      H> efeeeefe 01000000 04000000 | c0010000
      H> efeeeefe 01000000 c0010000 | \(Hex.string(block)) ; D> ok
      """
    let transcript = try XFlashTranscript(text)
    _ = try transcript.play(XFlashExchange.setUpMemory(block, policy))
  }

  /// Section 11.1.
  @Test func `a signature goes as in the example`() throws {
    let text = """
      H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
      H> efeeeefe 01000000 04000000 | 13000400 ; D> ok
      D> efeeeefe 01000000 44000000 | 01000000 a0a1a2a3 a4a5a6a7 a8a9aaab acadaeaf c0c1c2c3 c4c5c6c7 c8c9cacb cccdcecf pattern*32
      D> ok
      H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
      H> efeeeefe 01000000 04000000 | 0b000200 ; D> ok
      H> efeeeefe 01000000 00010000 | pattern*256 ; D> ok
      """
    let transcript = try XFlashTranscript(text)
    var position = 0
    let answer = try transcript.play(XFlashExchange.get(.getFirmwareInfo, policy), from: &position).answer
    let info = try XFlashFirmwareInfo(parsing: answer.rawSpan)
    #expect(info.random == Array(0xA0...0xAF) && info.hrid == Array(0xC0...0xCF) && info.socID?.count == 32)
    _ = try transcript.play(
      XFlashExchange.set(.setRemoteSecurityPolicy, [XFlashTranscript.pattern(256)], policy), from: &position)
    var device = try XFlashVectors.readyDevice { settings, _ in
      settings.randomID = HexBytes(Array(0xA0...0xAF))
      settings.demandsSignature = true
      settings.acceptedSignature = .bytes(XFlashTranscript.pattern(256))
    }
    device.start?.meID = Array(0xC0...0xCF)
    device.start?.socID = Array(0..<32)
    transcript.play(to: &device)
    #expect(device.isUnlocked)
  }
}

@Suite struct `XFlash: worked examples of errors` {
  private let policy = XFlashPolicy()
  private let user: XFlashSection

  init() throws { user = try #require(XFlashSection(named: "user", of: .emmc)) }

  @Test func `a wrong checksum ends the command`() throws {
    let text = """
      H> efeeeefe 01000000 04000000 | 09000100 ; D> ok
      H> efeeeefe 01000000 04000000 | 03000200 ; D> ok
      H> efeeeefe 01000000 04000000 | 01000000 ; D> ok
      H> efeeeefe 01000000 04000000 | 04000100 ; D> ok
      H> efeeeefe 01000000 38000000 | 01000000 08000000 00803800 00000000 00020000 00000000 zero*32 ; D> ok
      H> efeeeefe 01000000 04000000 | 00000000
      H> efeeeefe 01000000 04000000 | 34120000
      H> efeeeefe 01000000 00020000 | pattern*512
      D> efeeeefe 01000000 04000000 | 030004c0
      """
    var device = try XFlashVectors.readyDevice()
    try XFlashTranscript(text).play(to: &device)
    var session = XFlashWriting(
      XFlashExtent(type: .emmc, section: user, start: 0, length: 512), chunkByteCount: 512, policy)
    _ = session.start()
    _ = session.sent()
    _ = try session.receive([0, 0, 0, 0])
    _ = session.sent()
    #expect(try session.receive([0, 0, 0, 0]) == .sendChunk(byteCount: 512))
    _ = session.sent()
    #expect(throws: XFlashError.refused(.wrongChecksum, during: "WRITE_DATA", place: nil)) {
      try session.receive([0x03, 0x00, 0x04, 0xC0])
    }
  }

  @Test func `reading beyond the end ends the command`() throws {
    let text = """
      H> efeeeefe 01000000 04000000 | 05000100 ; D> ok
      H> efeeeefe 01000000 38000000 | 01000000 08000000 0000e0a3 03000000 00020000 00000000 zero*32 ; D> ok
      D> efeeeefe 01000000 04000000 | 0b0004c0
      """
    let transcript = try XFlashTranscript(text)
    var device = try XFlashVectors.readyDevice()
    transcript.play(to: &device)
    let extent = XFlashExtent(type: .emmc, section: user, start: 0x3_A3E0_0000, length: 0x200)
    #expect(throws: XFlashError.refused(.rangeExceeded, during: "READ_DATA", place: nil)) {
      try transcript.play(XFlashReading(extent, policy))
    }
  }

  @Test func `an unknown partition ends the command`() throws {
    let text = """
      H> efeeeefe 01000000 04000000 | 02000100 ; D> ok
      H> efeeeefe 01000000 06000000 | 6e6f7375 6368
      D> efeeeefe 01000000 04000000 | 060004c0
      """
    let transcript = try XFlashTranscript(text)
    var device = try XFlashVectors.readyDevice()
    transcript.play(to: &device)
    #expect(throws: XFlashError.refused(.partitionNotFound, during: "UPLOAD", place: nil)) {
      try transcript.play(XFlashReading(partition: "nosuch", policy))
    }
  }
}
