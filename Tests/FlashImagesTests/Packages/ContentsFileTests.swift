import FlashImages
import Testing

/// `docs/protocols/qualcomm-packages.md` 9.
@Suite struct ContentsFileTests {
  private func contents(_ builds: String, info: String = "") throws -> ContentsFile {
    let text = "\u{FEFF}<?xml version='1.0'?><contents>\(info)<builds_flat>\(builds)</builds_flat></contents>"
    guard case .contents(let file) = try PackageText.document(text, path: "contents.xml") else {
      throw PackageText.Failure.otherKind
    }
    return file
  }

  private let build = """
    <build><name>boot</name><linux_root_path>./boot_images/</linux_root_path>
      <device_programmer storage_type="ufs"><file_name> prog_firehose_ddr.elf </file_name>
        <file_path>${BID:build}/ufs</file_path></device_programmer>
      <device_programmer firehose_type="lite"><file_name>prog_firehose_lite.elf</file_name>
        <file_path>build</file_path></device_programmer>
      <partition_file storage_type="UFS"><file_name>rawprogram0.xml</file_name><file_name>rawprogram1.xml</file_name>
        <file_path flavor="asic">common\\ufs</file_path></partition_file>
      <partition_patch_file storage_type="ufs"><file_name>patch0.xml</file_name>
        <file_path flavor="asic">common/ufs</file_path></partition_patch_file>
      <partition_file><storage_type>emmc</storage_type><file_name>rawprogram0.xml</file_name>
        <file_path>common/emmc</file_path></partition_file>
      <download_file ignore="true"><file_name>never.bin</file_name><file_path>x</file_path></download_file>
      <download_file><file_name>*.bin</file_name><file_name>boot.img</file_name><file_path>out</file_path></download_file>
    </build>
    """

  @Test func `joins folders, trims names and expands defaults`() throws {
    let file = try contents(build)
    #expect(
      file.entries.map(\.path) == [
        "boot_images/build/ufs/prog_firehose_ddr.elf", "boot_images/build/prog_firehose_lite.elf",
        "boot_images/common/ufs/rawprogram0.xml", "boot_images/common/ufs/rawprogram1.xml",
        "boot_images/common/ufs/patch0.xml", "boot_images/common/emmc/rawprogram0.xml", "boot_images/out/boot.img",
      ])
    #expect(file.entries[2].storage == "ufs")
    #expect(file.entries[5].storage == "emmc")
  }

  @Test func `takes the root when it stands behind the entries`() throws {
    let file = try contents(
      "<build><partition_file storage_type='ufs'><file_name>a.xml</file_name><file_path>b</file_path></partition_file>"
        + "<windows_root_path>.\\root</windows_root_path></build>")
    #expect(file.entries.map(\.path) == ["root/b/a.xml"])
  }

  @Test func `chooses by storage, flavour and both`() throws {
    let file = try contents(build)
    #expect(file.selections.map(\.description) == ["ufs/asic", "emmc"])
    #expect(try file.select("ufs").map(\.description) == ["ufs/asic"])
    #expect(try file.select("asic,emmc").map(\.description) == ["ufs/asic", "emmc"])
    #expect(try file.select("UFS/asic").map(\.description) == ["ufs/asic"])
    let place = PackagePlace(path: "contents.xml")
    #expect(throws: PackageError(.ambiguousSelector(nil, choices: ["ufs/asic", "emmc"]), at: place)) {
      try file.select(nil)
    }
    #expect(throws: PackageError(.unknownSelector("nand", choices: ["ufs/asic", "emmc"]), at: place)) {
      try file.select("nand")
    }
    #expect(throws: PackageError(.repeatedStorage("ufs"), at: place)) { try file.select("ufs,asic") }
    #expect(throws: PackageError(.emptySelector("ufs,"), at: place)) { try file.select("ufs,") }
  }

  @Test func `takes the only selection, or all in the order of the vendor's phases`() throws {
    let two = build.replacing("</build>", with: "")  // no more than to have both storages
    let info = """
      <product_info><chipid storage_type="ufs" flash_phase="2">1</chipid>
      <chipid storage_type="emmc" flash_phase="1">1</chipid></product_info>
      """
    let file = try contents(two + "</build>", info: info)
    #expect(try file.select(nil).map(\.storage) == ["emmc", "ufs"])
    let one = try contents(
      "<build><partition_file storage_type='nand'><file_name>a.xml</file_name></partition_file></build>")
    #expect(try one.select(nil).map(\.description) == ["nand"])
    #expect(one.entries.map(\.path) == ["a.xml"])
  }

  @Test func `never takes a reduced programmer where there is a whole one`() throws {
    let file = try contents(build)
    let ufs = try #require(try file.select("ufs").first)
    let emmc = try #require(try file.select("emmc").first)
    #expect(file.programmers(for: ufs).map(\.path) == ["boot_images/build/ufs/prog_firehose_ddr.elf"])
    #expect(file.programmers(for: emmc).map(\.path) == ["boot_images/build/prog_firehose_lite.elf"])
    #expect(file.entries("partition_file", for: emmc).map(\.path) == ["boot_images/common/emmc/rawprogram0.xml"])
    #expect(file.places(of: "boot.img", for: emmc).first == "boot_images/out/boot.img")
  }

  @Test func `refuses paths that leave the package`() throws {
    func build(_ root: String, _ folder: String) -> String {
      "<build><linux_root_path>\(root)</linux_root_path><partition_file storage_type='ufs'><file_name>a.xml</file_name>"
        + "<file_path>\(folder)</file_path></partition_file></build>"
    }
    #expect(throws: PackageError.self) { try contents(build("/etc", ".")) }
    #expect(throws: PackageError.self) { try contents(build("C:\\build", ".")) }
    #expect(throws: PackageError.self) { try contents(build(".", "../..")) }
    #expect(throws: PackageError.self) { try contents(build(".", "${A:/etc}")) }
    #expect(try contents(build("a/..", "b/../c")).entries.map(\.path) == ["c/a.xml"])
  }
}
