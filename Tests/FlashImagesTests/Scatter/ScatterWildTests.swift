import FlashImages
import Testing

/// What real files hold: the rows of docs/protocols/mtk-scatter.md 13 that other suites do not cover.
@Suite struct `Scatter files seen in the wild` {
  private static func with(_ change: (inout [ScatterSample.Row]) -> Void) throws -> ScatterLayout {
    var rows = ScatterSample.rows
    change(&rows)
    return try ScatterSample.layout(rows)
  }

  @Test func `a generator indents otherwise, names no boot channel, has large blocks and a version for a project`()
    throws
  {
    let head = """
      ############################################################################################################
      #  General Setting
      ############################################################################################################
      ####NAME####
      - general: MTK_PLATFORM_CFG
        info:
         - config_version: V1.1.2
           platform: MT6771
           project: 10.3.1
           storage: EMMC
           block_size: 0x200000

      """
    let file = try ScatterSample.read(ScatterSample.text(Array(ScatterSample.rows[1...5]), head: head), isStrict: true)
    #expect(file.remarks.isEmpty && file.scatter.project == "10.3.1" && file.scatter.platform == "MT6771")
    #expect(file.scatter.layouts[0].bootChannel.isEmpty && file.scatter.layouts[0].blockByteCount == 0x200000)
  }

  @Test func `a placeholder of 0x10 blocks of a sgpt of two megabytes agrees with the sizes`() throws {
    let layout = try Self.with { rows in
      rows[8].4 = "0xFFFF0010"
      rows[8].5 = "0x200000"
      rows.removeSubrange(6...7)
    }
    #expect(ScatterMap(layout).disagreements.isEmpty)
  }

  @Test func `YAFFS images on an eMMC mean nothing special`() throws {
    let layout = try Self.with { $0[5].3 = "YAFFS_IMG" }
    #expect(layout.partition(named: "userdata")?.type.isKnown == true)
    #expect(ScatterCheck(ScatterMap(layout)).findings.allSatisfy { $0.severity == .note })
  }

  @Test func `a system enlarged over the cache is an overlap, and refused when both are written`() throws {
    let layout = try Self.with { rows in
      rows[4] = ("system", "system.img", true, "EXT4_IMG", "0x808000", "0x3000000", "EMMC_USER", "UPDATE")
      rows[5] = ("cache", "cache.img", true, "EXT4_IMG", "0x2808000", "0x1000000", "EMMC_USER", "UPDATE")
      rows.insert(("userdata", "NONE", false, "EXT4_IMG", "0x3808000", "0x1000000", "EMMC_USER", "UPDATE"), at: 6)
    }
    let image = ScatterImage(path: "x", byteCount: 1)
    let findings = ScatterCheck(ScatterMap(layout), images: [4: image, 5: image]).findings
    #expect(findings.contains { $0.severity == .error && $0.index == 5 })
  }

  @Test func `reserved entries with absolute addresses are where they say, also in another order`() throws {
    let layout = try Self.with { rows in
      rows[6].4 = "0x3A02F8000"
      rows[8].4 = "0x3A2DF7F80"
      rows[7].4 = "0x3A2DF8000"
    }
    let map = ScatterMap(layout)
    #expect(map.placement(named: "sgpt")?.start == .fromStart(0x3_A2DF_7F80))
    #expect(map.placement(named: "userdata")?.size == .bytes(0x3_A02F_8000 - 0x280_8000))
    #expect(ScatterCheck(map).findings.contains(ScatterFinding(.unaligned(sectorByteCount: 512), .warning, at: 8)))
  }

  @Test func `a pool at a placeholder of 0 with another operation is at the end by its size`() throws {
    let layout = try Self.with {
      $0[8] = ("BMTPOOL", "NONE", false, "NORMAL_ROM", "0xFFFF0000", "0x1500000", "EMMC_USER", "INVISIBLE")
    }
    let map = ScatterMap(layout)
    #expect(map.placement(named: "BMTPOOL")?.start == .fromEnd(0x150_0000))
    #expect(map.disagreements.contains(.init(index: 8, stated: 0, computed: 0xA8)))
  }

  @Test func `BOOTLOADER is BOOTLOADERS, and unknown words are said`() throws {
    let text = ScatterSample.example.replacing("operation_type: BOOTLOADERS", with: "operation_type: BOOTLOADER")
      .replacing("operation_type: PROTECTED", with: "operation_type: WHATEVER").replacing("EXT4_IMG", with: "ODD_IMG")
    let file = try ScatterSample.read(text)
    #expect(file.scatter.layouts[0].partition(named: "preloader")?.operation.kind == .bootloaders)
    #expect(file.remarks.map(\.oddity) == [.unknownOperation("WHATEVER"), .unknownType("ODD_IMG")])
    let proinfo = try #require(file.scatter.layouts[0].partition(named: "proinfo"))
    #expect(
      proinfo.operation.effective(hasFile: false) == .protected && proinfo.operation.effective(hasFile: true) == .update
    )
  }

  @Test(arguments: [
    ("UNKNOWN_BIN", true), ("NONE", true), ("UBI_IMG", true), ("FTL20_IMG", true), ("SV5_BL_BIN", true), ("X", false),
  ])
  func `types have names that are known`(type: String, isKnown: Bool) {
    #expect(ScatterImageType(type).isKnown == isKnown)
  }

  @Test func `hidden entries that are ticked are honoured`() throws {
    let layout = try Self.with { rows in
      rows[4] = ("frp", "frp.bin", true, "NORMAL_ROM", "0x808000", "0x2000000", "EMMC_USER", "INVISIBLE")
    }
    #expect(
      layout.partition(named: "frp")?.isDownload == true && layout.partition(named: "frp")?.operation.kind == .invisible
    )
  }

  @Test func `sizes above 4 GiB and files without extension are ordinary`() throws {
    let layout = try Self.with { rows in
      rows[4] = ("super", "super", false, "NORMAL_ROM", "0x808000", "0x280000000", "EMMC_USER", "UPDATE")
    }
    #expect(
      layout.partition(named: "super")?.byteCount == 0x2_8000_0000
        && layout.partition(named: "super")?.fileName == "super")
  }

  @Test func `is_upgradable does not tick anything`() throws {
    let text = ScatterSample.example.replacing(
      "operation_type: PROTECTED", with: "operation_type: PROTECTED\n  is_upgradable: true")
    let file = try ScatterSample.read(text)
    let proinfo = try #require(file.scatter.layouts[0].partition(named: "proinfo"))
    #expect(proinfo.isUpgradable == true && !proinfo.isDownload)
  }

  @Test func `names in capitals are found in a table with small letters`() throws {
    let layout = try Self.with { rows in
      for index in 2...7 { rows[index].0 = rows[index].0.uppercased() }
    }
    let user: UInt64 = 0x3_A3E0_0000
    let table = try #require(ScatterTable(ScatterMap(layout), userByteCount: user))
    let lower = try #require(ScatterTable(ScatterMap(ScatterSample.layout(ScatterSample.rows)), userByteCount: user))
    #expect(table.differences(from: lower.partitions).isEmpty)
    #expect(ScatterMap(layout).placement(named: "FLASHINFO")?.start == .fromEnd(0x100_8000))
    #expect(layout.partition(named: "proinfo")?.name == "PROINFO")
  }

  @Test(arguments: ["MT6737T_x-mod/MT6735_scatter.txt", "MT6765_scatter - Unprotected proinfo.txt", "x.bin"])
  func `the file's name means nothing where the file says its platform`(name: String) throws {
    #expect(try ScatterSample.read(ScatterSample.example, path: name).scatter.platform == "MT6765")
  }

  @Test func `slots may share a file`() throws {
    let layout = try Self.with { rows in
      rows[3] = ("lk_a", "lk.img", true, "NORMAL_ROM", "0x308000", "0x500000", "EMMC_USER", "UPDATE")
      rows[4] = ("lk_b", "lk.img", true, "NORMAL_ROM", "0x808000", "0x2000000", "EMMC_USER", "INVISIBLE")
    }
    let image = ScatterImage(path: "lk.img", byteCount: 100)
    #expect(
      ScatterCheck(ScatterMap(layout), images: [3: image, 4: image]).findings.allSatisfy { $0.severity != .error })
  }

  @Test func `elements of a download-XML may come in any order`() throws {
    let text = "<flash-mode><scatter>../a.xml</scatter><version>1.0</version><dagent>DA.bin</dagent></flash-mode>"
    guard case .download(let download) = try ScatterDocument(parsing: Array(text.utf8), path: "2-flash.xml") else {
      throw Failure.otherKind
    }
    #expect(download.scatter == "../a.xml" && download.agent == "DA.bin" && download.project == nil)
  }

  private enum Failure: Error { case otherKind }
}
