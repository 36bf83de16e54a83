import MediaTek
import Testing
import WireFormat

@testable import DeviceSimulator

/// A worked example of `docs/protocols/mtk-brom.md` 14, with the host's command that it is and the device that answers so.
struct BootROMVector: Sendable, CustomTestStringConvertible {
  var testDescription: String
  var transcript: BootROMTranscript
  var exchange: BootROMExchange
  var settings = BootROMSettings()
  var quirks = BootROMQuirks()
  /// What the device has in its memory, or has been sent, before.
  var prepare: @Sendable (inout BootROMSimulation) -> Void = { _ in }
  /// How the host's command ends; `nil` for success.
  var error: BootROMError?

  init(
    _ name: String, _ text: String, _ exchange: BootROMExchange, error: BootROMError? = nil,
    _ change: (inout BootROMSettings, inout BootROMQuirks) -> Void = { _, _ in },
    prepare: @escaping @Sendable (inout BootROMSimulation) -> Void = { _ in }
  ) {
    testDescription = name
    transcript = BootROMTranscript(text)
    self.exchange = exchange
    self.error = error
    self.prepare = prepare
    change(&settings, &quirks)
  }

  /// The device, in command state.
  var device: BootROMSimulation {
    var quirks = quirks
    quirks.isSynchronised = true
    var device = BootROMSimulation(settings: settings, quirks: quirks, packetByteCount: 64)
    prepare(&device)
    return device
  }
}

extension BootROMVector {
  static let stub = Array("MTK DA stub!".utf8) + [0, 0, 0, 0]
  static let all: [BootROMVector] = identity + memory + legacy + power + sending + starting + authentication

  static let identity: [BootROMVector] = [
    .init("FE on BROM", "> FE\n< FE", .preloaderVersion()),
    .init("FE on preloader v1", "> FE\n< 01", .preloaderVersion()) { settings, _ in
      settings.actor = .preloader
      settings.preloaderVersion = UnitByte(1)
    },
    .init("FF on BROM", "> FF\n< 05", .bootROMVersion()),
    .init("FF on a preloader", "> FF\n< FF", .bootROMVersion()) { settings, _ in settings.actor = .preloader },
    .init("FD, MT6735", "> FD =\n< 03 21 | 00 00", .hardwareCode()) { settings, _ in
      settings.hardwareCode = HexWord(0x0321)
    },
    .init("FC", "> FC =\n< 8A 00 | CA 00 | 00 00 | 00 00", .versions()),
    .init("D8, SBC+DAA+bits 5,6,7", "> D8 =\n< 00 00 00 E5 | 00 00", .targetConfig()) { settings, _ in
      settings.security = HexNumber(0xE5)
    },
    .init("D8 of a preloader", "> D8 =\n< 00 00 00 05 | 00 00", .targetConfig()) { settings, _ in
      settings.actor = .preloader
      settings.security = HexNumber(0xE5)
    },
    .init(
      "FB, XFLASH+MEID+SOCID", "> FB =\n< 00 00 00 07 | 00 00 00 00", .preloaderCapabilities()
    ) { settings, _ in settings.actor = .preloader },
    .init(
      "E1", "> E1 =\n< 00 00 00 10 | 00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF | 00 00", .meID()
    ) { settings, _ in settings.meID = HexBytes((0..<16).map { UInt8($0 * 0x11) }) },
    .init("E7", "> E7 =\n< 00 00 00 20 | 5A*32 | 00 00", .socID()) { settings, _ in
      settings.socID = HexBytes([UInt8](repeating: 0x5A, count: 32))
    },
    .init("DB", "> DB =\n< 00 00", .enableLog()),
    .init("DC 115200", "> DC =\n> 00 01 C2 00 =\n< 00 00", .setLogBaudRate(115_200)),
    .init("DF, 4-byte log", "> DF =\n< 00 00 00 04 | 62 6F 6F 74 | 00 00", .log()),
    .init("DD, same log", "> DD =\n< 00 00 00 04 | 62 6F 6F 74", .oldLog()),
  ]

  static let memory: [BootROMVector] = [
    .init(
      "D4 watchdog (BROM, MT6580)",
      "> D4 =\n> 10 00 70 00 =\n> 00 00 00 01 =\n< 00 01\n> 22 00 00 64 =\n< 00 01",
      .write(.bits32, [0x2200_0064], at: 0x1000_7000)
    ) { settings, _ in settings.writeStatus = .one },
    .init(
      "D4 watchdog (preloader)", "> D4 =\n> 10 00 70 00 =\n> 00 00 00 01 =\n< 00 00\n> 22 00 00 64 =\n< 00 00",
      .write(.bits32, [0x2200_0064], at: 0x1000_7000)
    ) { settings, _ in
      settings.actor = .preloader
      settings.writeStatus = .one
    },
    .init(
      "D2 watchdog (MT6577)", "> D2 =\n> C0 00 00 00 =\n> 00 00 00 01 =\n< 00 00\n> 22 64 =\n< 00 00",
      .write(.bits16, [0x2264], at: 0xC000_0000)
    ) { settings, _ in settings.watchdogAddress = HexNumber(0xC000_0000) },
    .init(
      "D3 one halfword, no echo", "> D3 =\n> 10 00 00 00 =\n> 00 00 00 01 =\n< 00 00\n> 12 34\n< 00 00",
      .write16WithoutEcho([0x1234], at: 0x1000_0000)),
    .init(
      "D1 two dwords",
      "> D1 =\n> 10 20 60 44 =\n> 00 00 00 02 =\n< 00 00 | 11 22 33 44 | 55 66 77 88 | 00 00",
      .read(.bits32, at: 0x1020_6044, count: 2),
      prepare: { device in
        device.memory.store(0x1122_3344, at: 0x1020_6044, byteCount: 4)
        device.memory.store(0x5566_7788, at: 0x1020_6048, byteCount: 4)
      }),
    .init(
      "D0 one halfword", "> D0 =\n> 70 02 60 00 =\n> 00 00 00 01 =\n< 00 00 | CA 01 | 00 00",
      .read(.bits16, at: 0x7002_6000, count: 1),
      { settings, _ in settings.readable = MemoryRanges([0x7000_0000...0x7FFF_FFFF]) },
      prepare: { $0.memory.store(0xCA01, at: 0x7002_6000, byteCount: 2) }),
    .init(
      "D1 misaligned (preloader)", "> D1 =\n> 10 20 60 42 =\n> 00 00 00 01 =\n< FF FF",
      .read(.bits32, at: 0x1020_6042, count: 1),
      error: .refused(BootROMStatus(rawValue: 0xFFFF), during: "READ32")
    ) { settings, _ in settings.actor = .preloader },
  ]

  static let legacy: [BootROMVector] = [
    .init(
      "A2 (old BROM, MT6261)", "> A2 =\n> 80 00 00 08 =\n> 00 00 00 01 =\n< 62 61",
      .legacyRead(.bits16, at: 0x8000_0008, count: 1)
    ) { settings, quirks in
      settings.hardwareCode = HexWord(0x6261)
      quirks.isOld = true
    },
    .init(
      "A1 (old BROM)", "> A1 =\n> 80 03 00 00 =\n> 00 00 00 01 =\n> 22 00 =",
      .legacyWrite(.bits16, [0x2200], at: 0x8003_0000)
    ) { _, quirks in quirks.isOld = true },
    .init(
      "AE (old BROM)", "> AE =\n> 81 00 00 44 =\n> 00 00 00 01 =\n> FF FF FB 80 =",
      .legacyWrite(.bits32, [0xFFFF_FB80], at: 0x8100_0044)
    ) { _, quirks in quirks.isOld = true },
    .init(
      "AF (old BROM)", "> AF =\n> 81 00 00 74 =\n> 00 00 00 01 =\n< 00 00 00 02",
      .legacyRead(.bits32, at: 0x8100_0074, count: 1), { _, quirks in quirks.isOld = true },
      prepare: { $0.memory.store(2, at: 0x8100_0074, byteCount: 4) }),
    .init(
      "AD, file bytes DE AD BE EF", "> AD =\n> 40 00 50 00 =\n> 00 00 00 02 =\n> AD DE EF BE",
      .legacyWriteBlock([0xDE, 0xAD, 0xBE, 0xEF], at: 0x4000_5000)
    ) { _, quirks in quirks.isOld = true },
    .init(
      "A4 over the same", "> A4 =\n> 40 00 50 00 =\n> 00 00 00 02 =\n< 42 60",
      .legacyChecksum(at: 0x4000_5000, halfwords: 2), { _, quirks in quirks.isOld = true },
      prepare: { device in
        for (index, byte) in ([0xDE, 0xAD, 0xBE, 0xEF] as [UInt8]).enumerated() {
          device.memory.store(byte: byte, at: 0x4000_5000 + UInt32(index))
        }
      }),
    .init("A8", "> A8 =\n> 40 00 50 00 =", .legacyJump(to: 0x4000_5000)) { _, quirks in quirks.isOld = true },
  ]

  static let power: [BootROMVector] = [
    .init("C4", "> C4 =\n> 80 00 00 00 =\n> 00 00 00 00 =\n< 00 00", .powerInit()),
    .init("C5", "> C5 =\n< 00 00", .powerDeinit()),
    .init(
      "C6 reg 000E", "> C6 =\n> 00 0E =\n< 00 00 | 00 00 | 10 01", .powerRead(0x000E),
      prepare: { $0.memory.store(0x1001, at: BootROMSimulation.powerBase + 0x1C, byteCount: 2) }),
    .init("C7 reg 000C = 0049", "> C7 =\n> 00 0C =\n> 00 49 =\n< 00 00 | 00 00", .powerWrite(0x000C, 0x0049)),
    .init("C8 sub B1", "> C8 =\n> B1 =\n< 00 | 00 00", .cacheControl(0xB1)),
  ]

  static let sending: [BootROMVector] = [
    .init(
      "D7, 16 bytes, no signature, to 00200000",
      """
      > D7 =
      > 00 20 00 00 =
      > 00 00 00 10 =
      > 00 00 00 00 =
      < 00 00
      > 4D 54 4B 20 44 41 20 73 74 75 62 21 00 00 00 00
      < 12 74 | 00 00
      """, .sendDA(stub, to: 0x20_0000, signatureByteCount: 0)),
    .init(
      "D7, 9 bytes",
      """
      > D7 =
      > 00 20 00 00 =
      > 00 00 00 09 =
      > 00 00 00 00 =
      < 00 00
      > 01 02 03 04 05 06 07 08 09
      < 08 09 | 00 00
      """, .sendDA(Array(1...9), to: 0x20_0000, signatureByteCount: 0)),
    .init(
      "D7, 8 bytes",
      """
      > D7 =
      > 00 20 00 00 =
      > 00 00 00 08 =
      > 00 00 00 00 =
      < 00 00
      > 01 02 03 04 05 06 07 08
      < 08 00 | 00 00
      """, .sendDA(Array(1...8), to: 0x20_0000, signatureByteCount: 0)),
    .init(
      "D7, SLA required", "> D7 =\n> 00 20 00 00 =\n> 00 00 01 10 =\n> 00 00 01 00 =\n< 1D 0D",
      .sendDA([UInt8](repeating: 0, count: 0x110), to: 0x20_0000, signatureByteCount: 0x100),
      error: .refused(.linkAuthenticationRequired, during: "SEND_DA")
    ) { settings, _ in settings.security = HexNumber(2) },
    .init(
      "D7, bad signature",
      """
      > D7 =
      > 00 20 00 00 =
      > 00 00 00 10 =
      > 00 00 00 00 =
      < 00 00
      > 4D 54 4B 20 44 41 20 73 74 75 62 21 00 00 00 00
      < 12 74 | 70 24
      """, .sendDA(stub, to: 0x20_0000, signatureByteCount: 0), error: .refused(.signatureFailed, during: "SEND_DA")
    ) { settings, _ in settings.accepted = AcceptedAgents.none },
    .init(
      "D9 (MT2625, UART)",
      """
      > D9 =
      > 04 01 50 00 =
      > 00 00 0C B5 =
      > 04 00 20 00 =
      > 00 00 10 00 =
      < 00 00
      > 3D 1D 00*3251
      < 1D 3D | 00 00 | 00 00 00 00 00 00
      """,
      .sendEnvironment(
        [0x3D, 0x1D] + [UInt8](repeating: 0, count: 0xCB3), to: 0x0401_5000, parameter: 0x0400_2000,
        parameterByteCount: 0x1000)),
    .init(
      "70 \"lk\", 10 bytes 01..0A",
      """
      > 70 =
      > 6C 6B 00*62
      > 00 00 00 0A
      < 00 00
      > 01 02 03 04 05 06 07 08 09 0A
      > 0C 0A 08 19
      """, .sendImage(Array(1...10), as: "lk")
    ) { settings, _ in settings.actor = .preloader },
    .init(
      "71 \"lk\"", "> 71 =\n> 6C 6B 00*62\n< 00 00", .bootImage("lk"),
      { settings, _ in settings.actor = .preloader }, prepare: { $0.images["lk"] = [1] }),
  ]

  static let starting: [BootROMVector] = [
    .init(
      "D5", "> D5 =\n> 00 20 00 00 =\n< 00 00", .jumpDA(to: 0x20_0000),
      prepare: { $0.agent = (0x20_0000, stub, 0) }),
    .init(
      "D5 without DA (BROM)", "> D5 =\n> 00 20 00 00 =\n< 1D 16", .jumpDA(to: 0x20_0000),
      error: .refused(.noDALoaded, during: "JUMP_DA")),
    .init(
      "DE", "> DE =\n> 00 20 10 00 =\n> 01 =\n< 00 00\n> 64 =\n< 00 00", .jumpDA64(to: 0x20_1000),
      prepare: { $0.agent = (0x20_1000, stub, 0) }),
    .init("D6", "> D6 =\n< 00 00 | 00 00", .jumpBootLoader()),
    .init("80", "> 80 =\n< 00 00", .stayStill()) { settings, _ in settings.actor = .preloader },
  ]

  static let authentication: [BootROMVector] = [
    .init(
      "E2, 6-byte file 01..06", "> E2 =\n> 00 00 00 06 =\n< 00 00\n> 01 02 03 04 05 06\n< 00 07 | 00 00",
      .sendAuthentication(Array(1...6))
    ) { settings, _ in settings.security = HexNumber(4) },
    .init(
      "E2 not needed", "> E2 =\n> 00 00 08 E0 =\n< 1D 0C",
      .sendAuthentication([UInt8](repeating: 1, count: 0x8E0))),
    .init(
      "E0, same 6 bytes", "> E0 =\n> 00 00 00 06 =\n< 00 00\n> 01 02 03 04 05 06\n< 00 07 | 00 00",
      .sendCertificate(Array(1...6))
    ) { settings, _ in settings.security = HexNumber(0x10) },
    .init("E3 already authenticated", "> E3 =\n< 70 17", .linkChallenge()),
    .init(
      "E3, 16-byte challenge",
      "> E3 =\n< 00 00 | 00 00 00 10 | 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F", .linkChallenge()
    ) { settings, _ in settings.security = HexNumber(2) },
  ]
}
