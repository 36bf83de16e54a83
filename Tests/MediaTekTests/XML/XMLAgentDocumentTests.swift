import MediaTek
import Testing

/// The sample documents of `docs/protocols/mtk-xml.md` 8.
@Suite struct `XML agent: result documents` {
  private static let declaration = #"<?xml version="1.0" encoding="utf-8"?>"#
  static let emmc =
    declaration
    + "<da_hw_info><version>1.2</version><ram_size>0x80000000</ram_size><battery_voltage>3810</battery_voltage>"
    + "<random_id>000102030405060708090a0b0c0d0e0f</random_id><storage>EMMC</storage><emmc><block_size>0x200</block_size>"
    + "<boot1_size>0x400000</boot1_size><boot2_size>0x400000</boot2_size><rpmb_size>0x400000</rpmb_size>"
    + "<user_size>0x3a3e00000</user_size><gp1_size>0</gp1_size><gp2_size>0</gp2_size><gp3_size>0</gp3_size>"
    + "<gp4_size>0</gp4_size><id>150100414a5444345206e12fc0338949</id></emmc><product_id></product_id></da_hw_info>"
  static let ufs =
    declaration
    + "<da_hw_info><version>1.2</version><ram_size>0x100000000</ram_size><battery_voltage>3810</battery_voltage>"
    + "<random_id>4340bfebf6ace4e325f71f7d37ab15aa</random_id><storage>UFS</storage><ufs><block_size>0x1000</block_size>"
    + "<lua0_size>0x400000</lua0_size><lua1_size>0x400000</lua1_size><lua2_size>0xee5800000</lua2_size>"
    + "<lua3_size>0</lua3_size><id>4D54303634474153414F32553231202000000000</id></ufs><product_id></product_id></da_hw_info>"
  static let property =
    declaration + #"<sys_prop version="1.0"><item key="DA.SLA">DISABLED</item></sys_prop>"#
  static let table =
    declaration
    + #"<partition_table version="1.0"><pt><name>proinfo</name><start>0x8000</start><size>0x300000</size></pt>"#
    + "<pt><name>misc</name><start>0x308000</start><size>0x80000</size></pt>"
    + "<pt><name>para</name><start>0x388000</start><size>0x80000</size></pt></partition_table>"

  @Test func `have the lengths of the specification`() {
    #expect([Self.emmc, Self.ufs, Self.property, Self.table].map(\.utf8.count) == [561, 469, 107, 296])
  }

  @Test("tell of an eMMC, with NUL and without", arguments: ["", "\0", "\r\n\0\0"])
  func emmc(end: String) throws {
    let found = try #require(XMLAgentHardware(parsing: Array((Self.emmc + end).utf8)))
    #expect(
      found.storage
        == .emmc(boot1: 4 << 20, boot2: 4 << 20, rpmb: 4 << 20, user: 0x3_A3E0_0000, general: [0, 0, 0, 0]))
    #expect(found.memoryByteCount == 2 << 30 && found.batteryVoltage == 3810 && found.blockByteCount == 512)
    #expect(found.storageID == "150100414a5444345206e12fc0338949" && found.productID.isEmpty)
    #expect(found.randomID == "000102030405060708090a0b0c0d0e0f" && found.version == "1.2")
  }

  @Test func `tell of UFS`() throws {
    let found = try #require(XMLAgentHardware(parsing: Array(Self.ufs.utf8)))
    #expect(found.storage == .ufs(units: [4 << 20, 4 << 20, 0xE_E580_0000, 0, 0, 0, 0, 0]))
    #expect(found.blockByteCount == 4096 && found.storageID.hasPrefix("4D543036"))
  }

  @Test func `tell of other vendors' UFS, NAND and nothing`() throws {
    let other = Self.ufs.replacing(
      "<id>4D54303634474153414F32553231202000000000</id>", with: "<id></id><ufs_cid>ab</ufs_cid>")
    #expect(XMLAgentHardware(parsing: Array(other.utf8))?.storageID == "ab")
    let broken = Self.ufs.replacing("<lua3_size>", with: "<lua3_size\">").replacing("</lua2_size>", with: "<lua2_size>")
    #expect(
      XMLAgentHardware(parsing: Array(broken.utf8))?.storage
        == .ufs(units: [4 << 20, 4 << 20, 0xE_E580_0000, 0, 0, 0, 0, 0]))
    let nand =
      "<da_hw_info><storage>NAND</storage><nand><block_size>0x20000</block_size><page_size>0x800</page_size>"
      + "<spare_size>64</spare_size><total_size>0x10000000</total_size><page_parity_size>4</page_parity_size>"
      + "<sub_type>SLC</sub_type></nand></da_hw_info>"
    let found = try #require(XMLAgentHardware(parsing: Array(nand.utf8)))
    guard case .nand(let flash) = found.storage else {
      Issue.record("\(found.storage)")
      return
    }
    #expect(flash.pageByteCount == 2048 && flash.byteCount == 256 << 20 && found.blockByteCount == 128 << 10)
    let none = XMLAgentHardware(parsing: Array("<da_hw_info><storage>NONE</storage></da_hw_info>".utf8))
    #expect(none?.storage == XMLAgentHardware.Storage.none)
    #expect(XMLAgentHardware(parsing: Array("<da_info></da_info>".utf8)) == nil)
  }

  @Test func `list partitions`() {
    #expect(
      XMLAgentPartition.table(parsing: Array(Self.table.utf8)) == [
        .init(name: "proinfo", start: 0x8000, byteCount: 0x30_0000),
        .init(name: "misc", start: 0x30_8000, byteCount: 0x8_0000),
        .init(name: "para", start: 0x38_8000, byteCount: 0x8_0000),
      ])
    #expect(XMLAgentPartition.table(parsing: Array("<other></other>".utf8)) == nil)
    let odd =
      "<partition_table><pt><name></name></pt><pt><name>a</name><start>x</start><size>1</size></pt></partition_table>"
    #expect(XMLAgentPartition.table(parsing: Array(odd.utf8)) == [])
  }

  @Test func `hold properties, versions, challenges and feedback`() {
    #expect(XMLAgentProperties.value(of: "DA.SLA", in: Array(Self.property.utf8)) == "DISABLED")
    #expect(XMLAgentProperties.value(of: "other", in: Array(Self.property.utf8)) == nil)
    let info =
      Self.declaration
      + "<da_info><version>1.0</version><da_version>2021</da_version><build>May 24 2022:19:03:56</build></da_info>"
    let found = XMLAgentInfo(parsing: Array(info.utf8))
    #expect(found?.version == "2021" && found?.build == "May 24 2022:19:03:56")
    let sla =
      Self.declaration
      + #"<sla version="1.0"><rnd>a0a1a2a3a4a5a6a7a8a9aaabacadaeaf</rnd><hrid>c0c1c2c3c4c5c6c7c8c9cacbcccdcecf</hrid>"#
      + "<socid>00</socid></sla>"
    let challenge = XMLAgentChallenge(parsing: Array((sla + "\0").utf8))
    #expect(challenge?.random.utf8.count == 32 && challenge?.document == Array(sla.utf8))
    #expect(XMLAgentChallenge(parsing: Array("<sla></sla>".utf8)) == nil)
    let feedback = #"<feedback><item file="boot.img" image_chksum="0x1234" pt="boot"></item></feedback>"#
    #expect(
      XMLAgentImageFeedback.list(parsing: Array(feedback.utf8)).map { [$0.partition, $0.file, $0.checksum] }
        == [["boot", "boot.img", "0x1234"]])
  }

  @Test func `record files are read as they are written`() {
    let record = XMLAgentRecordFile(
      entries: [.init(partition: "nvram", change: .address, checksum: 0x1122_3344)], stage: 2, change: 1, tableChange: 2
    )
    let bytes = record.bytes
    #expect(bytes.count == 1168 && bytes[0] == 1 && bytes[68] == 1 && bytes[72] == 0x44 && bytes[1156] == 2)
    #expect(XMLAgentRecordFile(parsing: bytes) == record)
    #expect(XMLAgentRecordFile(parsing: Array(bytes.dropLast())) == nil)
    #expect(XMLAgentRecordFile(parsing: [17] + bytes.dropFirst()) == nil)
  }

  @Test func `sections have the agents' names`() {
    let emmc = XMLAgentHardware.Storage.emmc(boot1: 0, boot2: 0, rpmb: 0, user: 0, general: [])
    let ufs = XMLAgentHardware.Storage.ufs(units: [])
    #expect(
      ["user", "boot1", "boot2", "rpmb", "gp4"].map { XMLAgentSections.name(of: $0, in: emmc) }
        == ["EMMC-USER", "EMMC-BOOT1", "EMMC-BOOT2", "EMMC-RPMB", "EMMC-GP4"])
    #expect(
      ["lun0", "lun2", "lun7"].map { XMLAgentSections.name(of: $0, in: ufs) } == ["UFS-LUA0", "UFS-LUA2", "UFS-LUA7"])
    #expect(XMLAgentSections.name(of: "gp5", in: emmc) == nil && XMLAgentSections.name(of: "lun8", in: ufs) == nil)
    #expect(XMLAgentSections.name(of: "user", in: .none) == nil)
  }

  @Test(
    "refusals are recognised by their words",
    arguments: [
      ("Invalid DA Version", .rollback), ("2nd DA address is invalid. reset.\r\n", .secondStageAddress),
      ("Server is not authenticated. Locked.", .notAuthenticated), ("Security deny [boot]", .security),
      ("Unknow path separator.", .pathSeparator), ("something", .other), ("", .other),
    ] as [(String, XMLAgentRefusal.Reason)])
  func refusals(message: String, reason: XMLAgentRefusal.Reason) {
    #expect(XMLAgentRefusal(message: message).reason == reason)
  }

  @Test func `refusals keep the status that stands in them`() {
    #expect(XMLAgentRefusal(message: "failed, 0xC0020029 there").status == 0xC002_0029)
    #expect(XMLAgentRefusal(message: "offset 0x388000").status == nil)
    #expect(XMLAgentRefusal(result: "ERR!FAILED", message: "").text == "FAILED")
    #expect(XMLAgentRefusal(result: "ERR", message: "").text.isEmpty)
  }
}
