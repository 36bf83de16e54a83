import FlashImages
import Testing
import WireFormat

@Suite struct `Reading scatter files` {
  @Test func `the worked example says what its table says`() throws {
    let file = try ScatterSample.read(ScatterSample.example)
    #expect(file.syntax == .text && file.remarks.isEmpty)
    #expect(file.scatter.platform == "MT6765" && file.scatter.chip == "6765" && file.scatter.project == "demo")
    #expect(file.scatter.version == .v112)
    let layout = try #require(file.scatter.layouts.first)
    #expect(layout.storage == .emmc && layout.blockByteCount == 0x20000 && layout.bootChannel == "MSDC_0")
    #expect(layout.partitions.map(\.name) == ScatterSample.rows.map(\.0))
    let userdata = try #require(layout.partition(named: "userdata"))
    #expect(userdata.fileName == "userdata.img" && userdata.isDownload && userdata.type == .ext4)
    #expect(userdata.physicalStart == 0x280_8000 && userdata.byteCount == 0xC000_0000)
    #expect(layout.partition(named: "otp")?.isPlaceholder == true)
    #expect(layout.partition(named: "otp")?.checksBoundary == false)
    #expect(layout.partition(named: "pgpt")?.fileName == nil)
    #expect(file.line(layout: 0, partition: 0) == 9)
    #expect(file.line(layout: 0, partition: 1) == 24)
  }

  /// Section 10: "all must give the model of the first file".
  @Test(arguments: [
    "CRLF", "CR", "mark", "trailing blanks", "no last newline", "reversed keys", "upper hex", "banners", "from SYS1",
    "TRUE", "tabs", "UTF-16",
  ])
  func `variants of the example say the same`(_ variant: String) throws {
    let expected = try ScatterSample.read(ScatterSample.example).scatter
    let text = ScatterSample.example
    var bytes = Array(text.utf8)
    switch variant {
    case "CRLF": bytes = Array(text.replacing("\n", with: "\r\n").utf8)
    case "CR": bytes = Array(text.replacing("\n", with: "\r").utf8)
    case "mark": bytes = [0xEF, 0xBB, 0xBF] + Array(text.replacing("\n", with: "\r\n").utf8)
    case "trailing blanks": bytes = Array(text.replacing("\n", with: "   \n").utf8)
    case "no last newline":
      while bytes.last == 0x0A { bytes.removeLast() }
    case "reversed keys": bytes = Array(Self.withReversedKeys(text).utf8)
    case "upper hex":
      bytes = Array(text.replacing("0x2808000", with: "0X02808000").replacing("0x2b", with: "0x02B").utf8)
    case "banners":
      bytes = Array(text.replacing("- partition", with: "#####NAME#####\n# x: y\n- partition").utf8)
    case "from SYS1":
      for number in (0...8).reversed() {
        bytes = Array(
          String(decoding: bytes, as: UTF8.self).replacing("SYS\(number)\n", with: "SYS\(number + 1)\n").utf8)
      }
    case "TRUE": bytes = Array(text.replacing("is_download: true", with: "is_download: TRUE").utf8)
    case "tabs": bytes = Array(text.replacing("  ", with: "\t").utf8)
    default: bytes = [0xFF, 0xFE] + text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    }
    let file = try ScatterFile(MemoryBytes(bytes, path: "scatter.txt"), isStrict: true)
    #expect(file.scatter == expected && file.remarks.isEmpty)
  }

  private static func withReversedKeys(_ text: String) -> String {
    let blocks = text.components(separatedBy: "- partition_index")
    return blocks[0]
      + blocks.dropFirst().map { block in
        var lines = block.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        let first = lines.removeFirst()
        return "- partition_index" + ([first] + lines.reversed()).joined(separator: "\n") + "\n\n"
      }.joined()
  }

  @Test func `V2 text has a layout for each storage`() throws {
    let file = try ScatterSample.read(ScatterSample.v2, isStrict: true)
    #expect(file.remarks.isEmpty && file.scatter.platform == "MT6833")
    #expect(file.scatter.layouts.map(\.storage) == [.emmc, .ufs])
    #expect(file.scatter.layouts.map(\.blockByteCount) == [0x20000, 0x80000])
    let ufs = try #require(file.scatter.layout(for: .ufs)?.partitions.first)
    #expect(ufs.region.sections(on: .ufs) == [.lun0, .lun1])
    #expect(ufs.isUpgradable == true && ufs.isNeededForEmptyBoot == false && ufs.checksComboSize == false)
    #expect(file.scatter.layout(for: .nand) == nil)
  }

  @Test func `both shapes of XML say the same as text`() throws {
    for (text, storage) in [(ScatterSample.xml2, "V2.1.0"), (ScatterSample.xml1, "V1.1.8")] {
      let file = try ScatterSample.read(text, path: "MT6781_Android_scatter.xml")
      #expect(file.syntax == .xml && file.scatter.version?.text == storage)
      let layout = try #require(file.scatter.layouts.first)
      #expect(layout.storage == .emmc && layout.blockByteCount == 0x20000 && layout.bootChannel == "MSDC_0")
      #expect(layout.partitions.count == 1 && layout.partitions[0].byteCount == 0x400000)
      #expect(layout.partitions[0].region.sections(on: .emmc) == [.boot1, .boot2])
    }
  }

  @Test func `XML may begin with a mark, blank lines and comments`() throws {
    let text = "\u{FEFF}\n<!-- made by hand -->\n" + ScatterSample.xml2
    #expect(try ScatterSample.read(text).scatter == ScatterSample.read(ScatterSample.xml2).scatter)
  }

  @Test func `XML of a NAND fills in what its files never say`() throws {
    let text = """
      <root><general name="MTK_PLATFORM_CFG"><config_version name="V2.0.0"><platform>MT6890</platform></config_version>
      </general><common name="ACME_PLATFORM"><version_info><platform>x1</platform><sw_version>7</sw_version></version_info>
      </common><storage_type name="NAND"><general name="MTK_STORAGE_CFG"><storage name="NAND">
      <boot_channel>NONE</boot_channel><block_size>0x40000</block_size></storage></general>
      <partition_index name="SYS0"><partition_name>md1img</partition_name><file_name>modem.img</file_name>
      <is_download>true</is_download><type>NORMAL_ROM</type><linear_start_addr>0x100000</linear_start_addr>
      <physical_start_addr>0x100000</physical_start_addr><partition_size>0x200000</partition_size><region>NONE</region>
      <storage>HW_STORAGE_NAND</storage><operation_type>SECURE_ROM</operation_type></partition_index>
      </storage_type></root>
      """
    let file = try ScatterSample.read(text)
    let partition = try #require(file.scatter.layout(for: .nand)?.partitions.first)
    #expect(partition.region.sections(on: .nand) == [.nand])
    #expect(partition.checksBoundary && !partition.isReserved && partition.operation.kind == .update)
    #expect(file.scatter.platform == "MT6890")
    #expect(file.vendorFacts == [.init("platform", "x1"), .init("sw_version", "7")])
  }

  @Test func `entities and document types are refused in XML`() {
    let error = ScatterSample.refusal("<!DOCTYPE root [<!ENTITY a 'b'>]>" + ScatterSample.xml1)
    #expect(error?.problem == .xml(.forbiddenDeclaration("DOCTYPE")) && error?.line == 1)
  }

  @Test func `numbers may have any case and zeros in front, and nothing else`() {
    let text = ScatterSample.example
    for bad in ["0x", "12g", "-1", "0x1_0", "0x10000000000000000", "+5", "0b1"] {
      let error = ScatterSample.refusal(text.replacing("0x2000000\n", with: bad + "\n"))
      #expect(error?.problem == .badNumber(key: "partition_size", value: bad), "\(bad)")
      #expect(error?.line == 76 && error?.entry == "boot")
    }
    let error = ScatterSample.refusal(text.replacing("is_download: true", with: "is_download: maybe"))
    #expect(error?.problem == .badFlag(key: "is_download", value: "maybe") && error?.line == 12)
  }

  @Test func `lines that mean nothing are said, and refused when strict`() throws {
    let text = ScatterSample.example.replacing("  reserve: 0x00", with: "  reserve: 0x00\n  what is this")
    let file = try ScatterSample.read(text)
    #expect(file.remarks.count == 9 && file.remarks[0] == ScatterRemark(.unknownLine("what is this"), line: 23))
    #expect(ScatterSample.refusal(text, isStrict: true)?.problem == .unknownLine("what is this"))
  }

  @Test func `the first of two keys counts`() throws {
    let text = ScatterSample.example.replacing("  type: EXT4_IMG", with: "  type: EXT4_IMG\n  type: UBI_IMG")
    let file = try ScatterSample.read(text)
    #expect(file.remarks == [ScatterRemark(.repeatedKey("type"), line: 89, entry: "userdata")])
    #expect(file.scatter.layouts[0].partition(named: "userdata")?.type == .ext4)
  }

  @Test func `a table that is repeated counts once, and contradictions are said`() throws {
    let rows = ScatterSample.rows
    let twice = try ScatterSample.read(ScatterSample.text(rows + rows), isStrict: true)
    #expect(twice.scatter == (try ScatterSample.read(ScatterSample.example)).scatter)
    #expect(twice.remarks.map(\.oddity) == [.repeatedEntries(9)])
    var other = rows[4]
    other.5 = "0x1000"
    let text = ScatterSample.text(rows + [other])
    let file = try ScatterSample.read(text)
    #expect(file.remarks.first?.oddity == .contradiction && file.remarks.first?.entry == "boot")
    #expect(file.scatter.layouts[0].partition(named: "boot")?.byteCount == 0x200_0000)
    #expect(ScatterSample.refusal(text, isStrict: true)?.problem == .contradiction)
  }

  @Test func `versions that nobody knows are read as the nearest one`() throws {
    let one = try ScatterSample.read(ScatterSample.example.replacing("V1.1.2", with: "V1.9"))
    #expect(one.remarks.map(\.oddity) == [.unknownVersion("V1.9", readAs: .v112)])
    let two = try ScatterSample.read(ScatterSample.v2.replacing("V2.1.0", with: "V2.7.0"))
    #expect(two.remarks.map(\.oddity) == [.unknownVersion("V2.7.0", readAs: .v210)])
    #expect(try ScatterSample.read(ScatterSample.v2.replacing("V2.1.0", with: "2.4")).remarks.isEmpty)
  }

  @Test func `limits hold`() {
    let long = ScatterSample.example.replacing(
      "partition_name: boot", with: "partition_name: " + String(repeating: "b", count: 65))
    #expect(ScatterSample.refusal(long)?.problem == .nameTooLong(String(repeating: "b", count: 65), limit: 64))
    let many = ScatterSample.text(Array(repeating: ScatterSample.rows[4], count: 1025))
    #expect(ScatterSample.refusal(many)?.problem == .tooManyPartitions(limit: 1024))
    let large = ScatterSample.example + String(repeating: "# comment\n", count: 500_000)
    #expect(ScatterSample.refusal(large)?.problem == .tooLarge(byteCount: UInt64(large.utf8.count), limit: 4 << 20))
    #expect(ScatterSample.refusal(ScatterSample.head)?.problem == .noPartitions)
  }

  @Test func `an entry needs a name and a place, and a reserved one without a name is nothing`() throws {
    let nameless = ScatterSample.example.replacing("partition_name: boot", with: "partition_name:")
    #expect(ScatterSample.refusal(nameless)?.problem == .missingKey("partition_name"))
    let reserved = ScatterSample.example.replacing("partition_name: sgpt", with: "partition_name: ")
    let file = try ScatterSample.read(reserved)
    #expect(file.remarks.map(\.oddity) == [.emptyEntry] && file.scatter.layouts[0].partitions.count == 8)
    let placeless = ScatterSample.example.replacing(
      "linear_start_addr: 0x808000\n  physical_start_addr: 0x808000\n", with: "")
    #expect(ScatterSample.refusal(placeless)?.problem == .missingKey("physical_start_addr"))
    let linear = ScatterSample.example.replacing("  physical_start_addr: 0x808000\n", with: "")
    #expect(try ScatterSample.read(linear).scatter == ScatterSample.read(ScatterSample.example).scatter)
  }
}

extension String {
  fileprivate func components(separatedBy separator: String) -> [String] {
    var parts: [String] = []
    var rest = self[...]
    while let range = rest.firstRange(of: separator) {
      parts.append(String(rest[..<range.lowerBound]))
      rest = rest[range.upperBound...]
    }
    return parts + [String(rest)]
  }
}
