import FlashImages
import Testing

/// The worked example of docs/protocols/mtk-scatter.md 10, and files made of rows.
enum ScatterSample {
  /// name, file, download, type, start, size, region, operation.
  typealias Row = (String, String, Bool, String, String, String, String, String)

  static let rows: [Row] = [
    ("preloader", "preloader_demo.bin", true, "SV5_BL_BIN", "0x0", "0x40000", "EMMC_BOOT1_BOOT2", "BOOTLOADERS"),
    ("pgpt", "NONE", false, "NORMAL_ROM", "0x0", "0x8000", "EMMC_USER", "INVISIBLE"),
    ("proinfo", "NONE", false, "NORMAL_ROM", "0x8000", "0x300000", "EMMC_USER", "PROTECTED"),
    ("nvram", "NONE", false, "NORMAL_ROM", "0x308000", "0x500000", "EMMC_USER", "BINREGION"),
    ("boot", "boot.img", true, "NORMAL_ROM", "0x808000", "0x2000000", "EMMC_USER", "UPDATE"),
    ("userdata", "userdata.img", true, "EXT4_IMG", "0x2808000", "0xc0000000", "EMMC_USER", "UPDATE"),
    ("otp", "NONE", false, "NORMAL_ROM", "0xFFFF01d8", "0x2b00000", "EMMC_USER", "RESERVED"),
    ("flashinfo", "NONE", false, "NORMAL_ROM", "0xFFFF0080", "0x1000000", "EMMC_USER", "RESERVED"),
    ("sgpt", "NONE", false, "NORMAL_ROM", "0xFFFF0000", "0x8000", "EMMC_USER", "RESERVED"),
  ]

  static let example = text(rows)

  static let head = """
    - general: MTK_PLATFORM_CFG
      info:\u{20}
        - config_version: V1.1.2
          platform: MT6765
          project: demo
          storage: EMMC
          boot_channel: MSDC_0
          block_size: 0x20000

    """

  static func text(_ rows: [Row], head: String = head) -> String {
    head + rows.enumerated().map { entry($0.element, number: $0.offset) }.joined()
  }

  static func entry(_ row: Row, number: Int) -> String {
    let isReserved = row.7 == "RESERVED"
    return """
      - partition_index: SYS\(number)
        partition_name: \(row.0)
        file_name: \(row.1)
        is_download: \(row.2)
        type: \(row.3)
        linear_start_addr: \(row.4)
        physical_start_addr: \(row.4)
        partition_size: \(row.5)
        region: \(row.6)
        storage: HW_STORAGE_EMMC
        boundary_check: \(!isReserved)
        is_reserved: \(isReserved)
        operation_type: \(row.7)
        reserve: 0x00


      """
  }

  /// The legacy example: 175 bytes.
  static let legacy = [
    ("PRELOADER", "0x0"), ("MBR", "0x600000"), ("EBR1", "0x680000"), ("__NODL_NVRAM", "0x700000"),
    ("BOOTIMG", "0xc00000"), ("ANDROID", "0x1200000"), ("USRDATA", "0x21200000"), ("__NODL_BMTPOOL", "0xFFFF00a8"),
  ].map { "\($0.0) \($0.1)\n{\n}\n" }.joined()

  static let v2 = """
    - general: MTK_PLATFORM_CFG
      info:\u{20}
        - config_version: V2.1.0
          platform: MT6833
          project: demo
    - storage_type: EMMC
      description:\u{20}
      - general: MTK_STORAGE_CFG
        info:\u{20}
          - storage: EMMC
            boot_channel: MSDC_0
            block_size: 0x20000

      - partition_index: SYS0
        partition_name: preloader
        file_name: preloader_demo.bin
        is_download: true
        type: SV5_BL_BIN
        linear_start_addr: 0x0
        physical_start_addr: 0x0
        partition_size: 0x400000
        region: EMMC_BOOT1
        storage: HW_STORAGE_EMMC
        boundary_check: true
        is_reserved: false
        operation_type: BOOTLOADERS
        is_upgradable: true
        empty_boot_needed: false
        combo_partsize_check: false
        reserve: 0x00

    - storage_type: UFS
      description:\u{20}
      - general: MTK_STORAGE_CFG
        info:\u{20}
          - storage: UFS
            boot_channel: UFSHCI_0
            block_size: 0x80000

      - partition_index: SYS0
        partition_name: preloader
        file_name: preloader_demo.bin
        is_download: true
        type: SV5_BL_BIN
        linear_start_addr: 0x0
        physical_start_addr: 0x0
        partition_size: 0x400000
        region: UFS_LU0_LU1
        storage: HW_STORAGE_UFS
        boundary_check: true
        is_reserved: false
        operation_type: BOOTLOADERS
        is_upgradable: true
        empty_boot_needed: false
        combo_partsize_check: false
        reserve: 0x00


    """

  static let xmlEntry = """
    <partition_index name="SYS0">
      <partition_name>preloader</partition_name>
      <file_name>preloader_demo.bin</file_name>
      <is_download>true</is_download>
      <type>SV5_BL_BIN</type>
      <linear_start_addr>0x0</linear_start_addr>
      <physical_start_addr>0x0</physical_start_addr>
      <partition_size>0x400000</partition_size>
      <region>EMMC_BOOT1_BOOT2</region>
      <storage>HW_STORAGE_EMMC</storage>
      <boundary_check>true</boundary_check>
      <is_reserved>false</is_reserved>
      <operation_type>BOOTLOADERS</operation_type>
      <is_upgradable>true</is_upgradable>
      <empty_boot_needed>false</empty_boot_needed>
      <combo_partsize_check>false</combo_partsize_check>
      <reserve>0x00</reserve>
    </partition_index>
    """

  static let xml2 = """
    <?xml version="1.0" encoding="utf-8"?>
    <root>
      <general name="MTK_PLATFORM_CFG"><config_version name="V2.1.0"><platform>MT6781</platform><project>demo</project>
      </config_version></general>
      <storage_type name="EMMC"><general name="MTK_STORAGE_CFG"><storage name="EMMC">
        <boot_channel>MSDC_0</boot_channel><block_size>0x20000</block_size></storage></general>
        \(xmlEntry)
      </storage_type>
    </root>
    """

  static let xml1 = """
    <root><general name="MTK_PLATFORM_CFG"><config_version name="V1.1.8"><platform>MT6765</platform>
    <project>demo</project><storage>EMMC</storage><boot_channel>MSDC_0</boot_channel><block_size>0x20000</block_size>
    </config_version></general>
    \(xmlEntry)
    </root>
    """

  static func read(_ text: String, path: String = "MT6765_Android_scatter.txt", isStrict: Bool = false) throws
    -> ScatterFile
  {
    try ScatterFile(MemoryBytes(Array(text.utf8), path: path), isStrict: isStrict)
  }

  /// The error that a text is refused with.
  static func refusal(_ text: String, path: String = "scatter.txt", isStrict: Bool = false) -> ScatterError? {
    do {
      _ = try read(text, path: path, isStrict: isStrict)
      return nil
    } catch { return error as? ScatterError }
  }

  static func layout(_ rows: [Row], blockSize: String = "0x20000") throws -> ScatterLayout {
    try read(text(rows, head: head.replacing("0x20000", with: blockSize))).scatter.layouts[0]
  }
}
