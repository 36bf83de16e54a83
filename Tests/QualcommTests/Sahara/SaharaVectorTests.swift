import Qualcomm
import Testing
import WireFormat

/// Every hexadecimal example of docs/protocols/sahara.md, read and written.
@Suite struct `Sahara packets, byte for byte` {
  private static func hello(_ version: UInt32, _ mode: SaharaMode) -> SaharaPacket {
    .hello(SaharaHello(version: version, mode: mode))
  }

  private static func response(_ mode: SaharaMode, reserved: [UInt32] = []) -> SaharaPacket {
    .helloResponse(SaharaHelloResponse(mode: mode, reserved: reserved))
  }

  private static func read(_ width: SaharaWidth, _ offset: UInt64, _ length: UInt64) -> SaharaPacket {
    .readData(SaharaReadData(width: width, imageID: 13, offset: offset, length: length))
  }

  private static func end(_ id: UInt32, _ status: UInt32) -> SaharaPacket {
    .endOfImage(SaharaEndOfImage(imageID: id, status: SaharaStatus(rawValue: status)))
  }

  private static func range(_ width: SaharaWidth, _ address: UInt64, _ length: UInt64) -> SaharaMemoryRange {
    SaharaMemoryRange(width: width, address: address, length: length)
  }

  private static let zeros24 = String(repeating: "00", count: 24)

  private static let vectors: [(String, SaharaPacket)] = [
    ("01000000 30000000 02000000 01000000 00040000 00000000" + zeros24, hello(2, .imageTransferPending)),
    ("01000000 30000000 03000000 01000000 00040000 00000000" + zeros24, hello(3, .imageTransferPending)),
    ("01000000 30000000 02000000 01000000 00040000 02000000" + zeros24, hello(2, .memoryDebug)),
    ("02000000 30000000 02000000 01000000 00000000 00000000" + zeros24, response(.imageTransferPending)),
    ("02000000 30000000 02000000 01000000 00000000 03000000" + zeros24, response(.command)),
    ("02000000 30000000 02000000 01000000 00000000 02000000" + zeros24, response(.memoryDebug)),
    (
      "02000000 30000000 02000000 01000000 00000000 00000000 01000000 02000000 03000000 04000000 05000000 06000000",
      response(.imageTransferPending, reserved: [1, 2, 3, 4, 5, 6])
    ),
    ("03000000 14000000 0d000000 00000000 34000000", read(.bits32, 0, 0x34)),
    ("03000000 14000000 0d000000 00100000 00100000", read(.bits32, 0x1000, 0x1000)),
    ("12000000 20000000 0d00000000000000 0000000000000000 4000000000000000", read(.bits64, 0, 0x40)),
    ("12000000 20000000 0d00000000000000 0010000000000000 0000100000000000", read(.bits64, 0x1000, 0x100000)),
    ("04000000 10000000 0d000000 00000000", end(13, 0)),
    ("04000000 10000000 0d000000 25000000", end(13, 0x25)),
    ("04000000 10000000 00000000 18000000", end(0, 0x18)),
    ("05000000 08000000", .done),
    ("06000000 0c000000 00000000", .doneResponse(isComplete: false)),
    ("06000000 0c000000 01000000", .doneResponse(isComplete: true)),
    ("07000000 08000000", .reset),
    ("08000000 08000000", .resetResponse),
    ("09000000 10000000 00f00108 68000000", .memoryDebug(range(.bits32, 0x0801_F000, 0x68))),
    ("0a000000 10000000 00f00108 68000000", .memoryRead(range(.bits32, 0x0801_F000, 0x68))),
    ("0b000000 08000000", .commandReady),
    ("0c000000 0c000000 00000000", .switchMode(.imageTransferPending)),
    ("0c000000 0c000000 03000000", .switchMode(.command)),
    ("0d000000 0c000000 01000000", .execute(.serialNumber)),
    ("0e000000 10000000 01000000 04000000", .executeResponse(.serialNumber, byteCount: 4)),
    ("0f000000 0c000000 01000000", .executeData(.serialNumber)),
    ("0d000000 0c000000 02000000", .execute(.hardwareID)),
    ("0e000000 10000000 02000000 18000000", .executeResponse(.hardwareID, byteCount: 0x18)),
    ("0d000000 0c000000 03000000", .execute(.keyHash)),
    ("0e000000 10000000 03000000 60000000", .executeResponse(.keyHash, byteCount: 0x60)),
    ("0d000000 0c000000 0a000000", .execute(.chipID)),
    ("0e000000 10000000 0a000000 2e000000", .executeResponse(.chipID, byteCount: 0x2E)),
    ("10000000 18000000 0000681400000000 8000000000000000", .memoryDebug(range(.bits64, 0x1468_0000, 0x80))),
    ("11000000 18000000 0000681400000000 8000000000000000", .memoryRead(range(.bits64, 0x1468_0000, 0x80))),
    ("11000000 18000000 0000088000000000 0000080000000000", .memoryRead(range(.bits64, 0x8008_0000, 0x80000))),
    ("13000000 08000000", .resetStateMachine),
  ]

  @Test(arguments: vectors) func `are read and written`(hex: String, packet: SaharaPacket) throws {
    let bytes = try #require(Hex.bytes(hex))
    #expect(try SaharaPacket(parsing: bytes.rawSpan) == packet)
    #expect(packet.bytes == bytes)
    #expect(packet.command.byteCount == bytes.count)
  }

  @Test(arguments: vectors) func `are refused when a byte is missing or too many`(hex: String, packet: SaharaPacket)
    throws
  {
    let bytes = try #require(Hex.bytes(hex))
    for other in [Array(bytes.dropLast()), bytes + [0]] where other.count >= 8 {
      #expect(
        throws: SaharaPacketError.lengthMismatch(
          command: packet.command.rawValue, length: UInt32(bytes.count), transfer: other.count)
      ) {
        try SaharaPacket(parsing: other.rawSpan)
      }
    }
    guard packet != .commandReady else { return }
    var longer = bytes + [0, 0, 0, 0]
    longer[4] += 4
    #expect(throws: SaharaPacketError.wrongLength(packet.command, length: UInt32(longer.count))) {
      try SaharaPacket(parsing: longer.rawSpan)
    }
  }

  @Test func `CMD_READY may have an extra word`() throws {
    let bytes = try #require(Hex.bytes("0b000000 0c000000 00000000"))
    #expect(try SaharaPacket(parsing: bytes.rawSpan) == .commandReady)
  }

  @Test func `short transfers, unknown packets and WRITE_DATA are refused`() {
    #expect(throws: SaharaPacketError.tooShort(byteCount: 7)) {
      try SaharaPacket(parsing: ([1, 0, 0, 0, 7, 0, 0] as [UInt8]).rawSpan)
    }
    #expect(throws: SaharaPacketError.unknownCommand(0x14, length: 8)) {
      try SaharaPacket(parsing: ([0x14, 0, 0, 0, 8, 0, 0, 0] as [UInt8]).rawSpan)
    }
    #expect(throws: SaharaPacketError.unknownCommand(0xFF, length: 8)) {
      try SaharaPacket(parsing: ([0xFF, 0, 0, 0, 8, 0, 0, 0] as [UInt8]).rawSpan)
    }
  }

  @Test func `every packet has a name, a length and a direction`() {
    for command in SaharaCommand.allCases where command != .writeData {
      #expect(command.byteCount != nil && command.isFromDevice != nil)
    }
    #expect(Set(SaharaCommand.allCases.map(\.name)).count == 0x14)
  }
}

@Suite struct `Sahara's answers, byte for byte` {
  @Test func `serial number and hardware id`() throws {
    var answers = SaharaAnswers()
    answers.data[.serialNumber] = [0xB3, 0x90, 0x49, 0xD6]
    answers.data[.hardwareID] = Hex.bytes(String(repeating: "01bf1700e1508000", count: 3))
    #expect(answers.serialNumber == 0xD649_90B3)
    let chip = try #require(answers.chip)
    #expect(chip == SaharaChipIdentity(msmID: 0x0080_50E1, oemID: 0x0017, modelID: 0xBF01))
    #expect(chip.hardwareID == "0x008050e10017bf01")
    #expect(chip.chipName == nil)
  }

  @Test func `chip id v3 with the manufacturer in the second place`() throws {
    let bytes = try #require(
      Hex.bytes(
        "00010b60" + String(repeating: "00", count: 32) + "e1201800 0000 0100 7200"))
    #expect(bytes.count == 46)
    let expected = SaharaChipIdentity(msmID: 0x0018_20E1, oemID: 0x0072, modelID: 1)
    #expect(SaharaChipIdentity(chipID: bytes) == expected)
    #expect(SaharaChipIdentity(chipID: Array(bytes.prefix(44)))?.oemID == 0)
    #expect(SaharaChipIdentity(chipID: Array(bytes.prefix(43))) == nil)
    #expect(expected.chipName == nil)
    #expect(SaharaChipIdentity(msmID: 0x000A_50E1, oemID: 0, modelID: 0).chipName == "SDM855")
    #expect(SaharaChipIdentity(msmID: 0x200A_50E1, oemID: 0, modelID: 0).chipName == "SDM855")
    #expect(SaharaChipIdentity(msmID: 0x000A_5000, oemID: 0, modelID: 0).chipName == nil)
  }

  @Test(arguments: [32, 48, 64]) func `a key hash is cut to one digest`(size: Int) {
    let digest = (0..<size).map { UInt8($0 * 7 & 0xFF | 1) }
    for answer in [digest + digest + digest, digest + digest, digest] {
      #expect(SaharaKeyHash(normalising: answer).bytes == digest)
    }
    #expect(SaharaKeyHash(normalising: digest + [UInt8](repeating: 0, count: 100 - size)).bytes == digest)
    var ending = digest
    ending.replaceSubrange((size - 3)..., with: [0, 0, 0])
    #expect(SaharaKeyHash(normalising: ending + ending + ending).bytes == ending)
  }

  @Test func `a key hash of zeros or of no bytes is none of a manufacturer`() {
    #expect(SaharaKeyHash(normalising: [UInt8](repeating: 0, count: 96)).isZero)
    #expect(SaharaKeyHash(normalising: []).bytes.isEmpty)
    #expect(SaharaKeyHash(normalising: [1, 2, 3]).bytes == [1, 2, 3])
  }

  @Test func `status codes have their meanings and advice`() {
    #expect(SaharaStatus(rawValue: 0x00).meaning == "success")
    #expect(SaharaStatus(rawValue: 0x14).meaning == "invalid ELF header")
    #expect(SaharaStatus(rawValue: 0x18).meaning == "mode asked for is not supported")
    #expect(SaharaStatus(rawValue: 0x1F).meaning == "client command not supported")
    #expect(SaharaStatus(rawValue: 0x25).meaning == "image authentication failed")
    #expect(SaharaStatus(rawValue: 0x29).meaning == "invalid ELF image format")
    #expect(SaharaStatus(rawValue: 0x2A).meaning == nil)
    #expect(SaharaStatus(rawValue: 0x25).advice == .otherLoader)
    #expect(SaharaStatus(rawValue: 0x1F).advice == .featureMissing)
    #expect(SaharaStatus(rawValue: 0x16).advice == SaharaStatus.Advice.none)
  }

  @Test func `the serial number in a product string`() {
    #expect(QualcommSerialNumber.inProduct("QUSB_BULK_CID:0404_SN:3EB3EBC4") == "3EB3EBC4")
    #expect(QualcommSerialNumber.inProduct("QUSB_BULK_SN:12AB_X") == "12AB")
    #expect(QualcommSerialNumber.inProduct("A_SN:12 B") == "12")
    for none in ["QHSUSB__BULK", "_SN:", "_SN:xyz", "SN:12"] { #expect(QualcommSerialNumber.inProduct(none) == nil) }
  }

  @Test func `image ids have names`() {
    #expect(SaharaImageID.text(13) == "13 “EHOSTDL (Firehose programmer)”")
    #expect(SaharaImageID.name(0x1F) == "MBA")
    #expect(SaharaImageID.name(59) == "sequencer_ram.elf")
    #expect(SaharaImageID.text(0x20) == "32")
    #expect(SaharaImageID.text(.max) == "18446744073709551615")
  }
}
