import FlashCore
import Testing
import WireFormat

@testable import MediaTek

@Suite struct `XFlash: messages` {
  private func bytes(_ text: String) throws -> [UInt8] { try #require(Hex.bytes(text)) }

  @Test func `a header is twelve bytes, and another magic, type or an empty frame is refused`() throws {
    let header = try bytes("efeeeefe 01000000 04000000")
    #expect(XFlashHeader(payloadByteCount: 4).bytes == header)
    #expect(try XFlashHeader(parsing: header.rawSpan) == XFlashHeader(payloadByteCount: 4))
    for (text, field) in [
      ("efeeeeff 01000000 04000000", "magic"), ("efeeeefe 03000000 04000000", "type"),
      ("efeeeefe 01000000 00000000", "length"),
    ] {
      let bad = try bytes(text)
      do {
        _ = try XFlashHeader(parsing: bad.rawSpan)
        Issue.record("\(text)")
      } catch {
        guard case .invalid(field, _, _) = error else { Issue.record("\(error)"); return }
      }
    }
    let short = Array(header.dropLast())
    #expect(throws: WireError.self) { try XFlashHeader(parsing: short.rawSpan) }
  }

  @Test func `a line of log has a priority and text`() throws {
    let payload = try bytes("02000000 454d4920 6f6b0a")
    let line = XFlashLogLine(payload: payload)
    #expect(line.priority == 2 && line.line == "EMI ok" && line.payload == payload)
    #expect(XFlashLogLine(payload: [0x41]).line == "A")
  }

  @Test func `statuses of two bytes, longer ones and the magic are understood`() throws {
    func status(_ text: String) throws -> XFlashStatus {
      let payload = try bytes(text)
      return try XFlashStatus(payload: payload.rawSpan)
    }
    #expect(try status("0000") == .ok && status("00000000") == .ok && status("efeeeefe") == .ok)
    #expect(try status("030004c0 ffff") == .wrongChecksum)
    #expect(try status("53594e43") == .synchronised)
    for text in ["", "00", "000000"] { #expect(throws: WireError.self) { try status(text) } }
  }

  @Test(
    arguments: [
      (0xC001_0003, "unsupported command"), (0xC002_004C, "DA anti-rollback error"), (0xC003_0008, "invalid GPT"),
      (0xC004_000B, "range exceeded"), (0xC005_0005, "exception: external RAM"), (0xC006_0003, "SEND_DA failed"),
      (0xC007_0004, "DA hash mismatch"), (0xC004_020E, "eFuse: padding type mismatch"), (0, "OK"),
      (0x4004_0005, "complete"),
    ] as [(UInt32, String)])
  func `statuses have names`(value: UInt32, name: String) {
    #expect(XFlashStatus(rawValue: value).name == name)
    #expect(XFlashStatus(rawValue: 0xC00E_0001).name == nil && XFlashStatus(rawValue: 0xC003_7777).name == nil)
    #expect(XFlashStatus(rawValue: 0xC).hexadecimal == "0000000C")
  }

  @Test func `an extent is 56 bytes, and as few as 24 are read`() throws {
    let user = try #require(XFlashSection(named: "user", of: .emmc))
    let extent = XFlashExtent(type: .emmc, section: user, start: 0x8000, length: 0x8200)
    let expected = try bytes("01000000 08000000 00800000 00000000 00820000 00000000") + [UInt8](repeating: 0, count: 32)
    #expect(extent.bytes == expected)
    for count in [24, 48, 52, 56, 60] {
      let given = Array((expected + [0, 0, 0, 0]).prefix(count))
      #expect(try XFlashExtent(parsing: given.rawSpan) == extent)
    }
    let short = Array(expected.prefix(23))
    #expect(throws: WireError.self) { try XFlashExtent(parsing: short.rawSpan) }
  }

  @Test(
    arguments: [
      ("boot1", 1, 1), ("rpmb", 1, 3), ("gp4", 1, 7), ("user", 1, 8), ("lun0", 0x30, 1), ("lun2", 0x30, 3),
      ("user", 0x10, 8),
    ] as [(String, UInt32, UInt32)])
  func `sections have the numbers of their storage`(name: String, type: UInt32, number: UInt32) {
    let type = XFlashStorageType(rawValue: type)
    #expect(XFlashSection(named: name, of: type)?.number == number)
    #expect(XFlashSection(number: number).name(of: type) == name)
    #expect(XFlashSection(named: "nosuch", of: type) == nil && XFlashSection(number: 10).name(of: type) == nil)
  }

  @Test func `storage information is read as it was sent`() throws {
    let emmc = try bytes(
      "01000000 00020000 00004000 00000000 00004000 00000000 00004000 00000000 00000000 00000000 00000000 00000000 "
        + "00000000 00000000 00000000 00000000 0000e0a3 03000000 15010041 4a544434 5206e12f c0338949 00000000 00000000")
    var parsed = try XFlashEMMCInfo(parsing: emmc.rawSpan)
    #expect(parsed.bytes == emmc && parsed.lifeTime == nil && parsed.rpmb == 0x40_0000)
    parsed.lifeTime = .init(preEndOfLife: 1, a: 2, b: 3, status: 4)
    let longer = parsed.bytes
    #expect(longer.count == 104)
    #expect(try XFlashEMMCInfo(parsing: longer.rawSpan) == parsed)
    let ufs = try bytes(
      "30000000 00100000 00004000 00000000 00004000 00000000 000080e5 0e000000 4d543036 34474153 414f3255 32312020 "
        + "30313030")
    let short = try XFlashUFSInfo(parsing: ufs.rawSpan)
    #expect(short.bytes == ufs && short.units[2] == 0xE_E580_0000 && short.productName == "MT064GASAO2U21")
    var long = short
    long.cid = Array("MT064GASAO2U21      ".utf8)
    long.firmwareVersion = Array("0100".utf8) + [0, 0, 0, 0]
    long.variant = .long(vendor: 0x1CE, serialNumber: [UInt8](repeating: 7, count: 132))
    let longBytes = long.bytes
    #expect(longBytes.count == 202)
    #expect(try XFlashUFSInfo(parsing: longBytes.rawSpan) == long)
    let nand = XFlashNANDInfo(
      pageByteCount: 2048, blockByteCount: 131_072, spareByteCount: 64, totalByteCount: 1 << 28,
      availableByteCount: 1 << 27, hasBadBlockTable: true, id: Array(1...12))
    let nandBytes = nand.bytes
    #expect(nandBytes.count == XFlashNANDInfo.byteCount)
    #expect(try XFlashNANDInfo(parsing: nandBytes.rawSpan) == nand)
  }

  @Test func `other answers are read as the examples have them`() throws {
    let lengths = try bytes("00001000 00000100")
    #expect(try XFlashPacketLengths(parsing: lengths.rawSpan) == XFlashPacketLengths(write: 1 << 20, read: 1 << 16))
    let chip = try bytes("0707008a 00ca0000 0000 ffff")
    let id = try XFlashChipID(parsing: chip.rawSpan)
    #expect(id.hardwareCode == 0x0707 && id.hardwareSubCode == 0x8A00 && id.hardwareVersion == 0xCA00)
    let memory = try bytes("00000000 00001000 00000300 01000000 00000040 00000080")
    let info = try XFlashRAMInfo(parsing: memory.rawSpan)
    #expect(info.dram.base == 0x4000_0000 && info.dram.byteCount == 0x8000_0000 && info.bytes == memory)
    var wide = info
    wide.isWide = true
    let wideBytes = wide.bytes
    #expect(wideBytes.count == 48)
    #expect(try XFlashRAMInfo(parsing: wideBytes.rawSpan) == wide)
    let oldBytes = [UInt8](repeating: 1, count: 20)
    let old = try XFlashFirmwareInfo(parsing: oldBytes.rawSpan)
    #expect(old.hrid == nil && old.bytes.count == 20)
  }

  @Test func `parameters are laid out as the examples have them`() throws {
    #expect(
      XFlashShutdown.reboot().bytes == (try bytes("01000000 00000000 01000000") + [UInt8](repeating: 0, count: 20)))
    #expect(
      XFlashShutdown.reboot(.fastboot).bytes
        == (try bytes("01000000 00000000 00000000 02000000") + [UInt8](repeating: 0, count: 16)))
    #expect(XFlashShutdown.powerOff.bytes == [UInt8](repeating: 0, count: 32))
    let short = Array(XFlashShutdown.reboot(.fastboot).bytes.dropLast(4))
    #expect(try XFlashShutdown(parsing: short.rawSpan) == .reboot(.fastboot))
    let environment = try bytes("02000000 01000000 01000000 00000000 00000000")
    #expect(XFlashEnvironment().bytes == environment)
    #expect(try XFlashEnvironment(parsing: environment.rawSpan) == XFlashEnvironment())
    #expect(XFlashMetaMode().bytes == [1, 2, 0])
    let records = XFlashResource.records(of: [UInt8](repeating: 9, count: 300), name: "project")
    #expect(records.count == 2 && records.allSatisfy { $0.bytes.count == 328 })
    #expect(records[1].bytes.prefix(9) == [0, 1, 0, 0, 0, 0, 0, 0, 0x70] && records[1].bytes[72 + 44] == 0)
    let target = XFlashBootTarget(address: 0x4000_0000, byteCount: 16)
    #expect(target.bytes == (try bytes("00000040 00000000 10000000 00000000")))
  }

  @Test func `the checksum is the sum of the bytes modulo 0x10000`() {
    let pattern = (0..<512).map { UInt8(truncatingIfNeeded: $0) }
    let (sum, many) = (XFlashChecksum.of(pattern.rawSpan), [UInt8](repeating: 0xFF, count: 1 << 20))
    let overflowing = XFlashChecksum.of(many.rawSpan)
    #expect(sum == 0xFF00 && overflowing == (255 << 20) & 0xFFFF)
  }
}
