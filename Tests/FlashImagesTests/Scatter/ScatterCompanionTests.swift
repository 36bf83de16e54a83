import FlashImages
import Foundation
import Testing
import WireFormat

@Suite struct `Companions of scatter files` {
  private func document(_ text: String, path: String = "x.xml") throws -> ScatterDocument {
    try ScatterDocument(parsing: Array(text.utf8), path: path)
  }

  private static let downloadXML = """
    <?xml version="1.0" encoding="utf-8"?>
    <flash-mode>
      <project>demo</project>
      <dagent>DA_BR.bin</dagent>
      <scatter>../MT6781_Android_scatter.xml</scatter>
      <build_version>demo</build_version>
      <build_time>2024/01/01 00:00:00</build_time>
      <version>1.0</version>
      <contact>nobody</contact>
    </flash-mode>
    """

  @Test func `a download-XML names agent and scatter`() throws {
    guard case .download(let download) = try document(Self.downloadXML) else { throw OtherKind() }
    #expect(download.agent == "DA_BR.bin" && download.scatter == "../MT6781_Android_scatter.xml")
    #expect(
      download.project == "demo" && download.facts.map(\.key) == ["build_version", "build_time", "version", "contact"])
  }

  @Test func `fuses are recognised by name or content`() throws {
    #expect(try document(Self.downloadXML, path: "flash_efuse.xml") == .fuses)
    #expect(try document("<flash-mode><efuse>x</efuse></flash-mode>") == .fuses)
  }

  @Test func `schemas are recognised`() throws {
    #expect(try document("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'/>") == .schema)
  }

  @Test(
    arguments: [
      ("", 0), ("abcd", 0x6463_6261), ("abcdef", 0x6463_632C), ("PRELOADER 0x0\n{\n}\n", 0x1434_BEA8),
    ] as [(String, UInt32)])
  func `ADD sums words and single bytes that are left over`(text: String, sum: UInt32) {
    for piece in [1, 3, 64] {
      var checksum = AdditiveChecksum32()
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: piece) {
        let part = Array(bytes[start..<min(start + piece, bytes.count)])
        checksum.update(part.rawSpan)
      }
      #expect(checksum.value == sum)
    }
  }

  @Test func `ADD of the other examples`() {
    for (bytes, sum) in [(Array(repeating: 0xFF, count: 8), 0xFFFF_FFFE), ((0...255).map { UInt8($0) }, 0x601F_DF80)]
      as [([UInt8], UInt32)]
    {
      var checksum = AdditiveChecksum32()
      checksum.update(bytes.rawSpan)
      #expect(checksum.value == sum)
    }
  }

  @Test func `lists of checksums may name a file twice, and have methods that nobody knows`() throws {
    let text = """
      <scatter><version>1.0</version><images><file name="lk.img" chk_method="ADD" checksum="0x12ab"/>
      <file name="lk.img" chk_method="ADD" checksum="0x12ab"/><file name="x.img" chk_method="CRC" checksum="0x1"/></images></scatter>
      """
    guard case .checksums(let list) = try document(text) else { throw OtherKind() }
    #expect(list.version == "1.0" && list.files.count == 3)
    #expect(list.checksum(of: "LK.img") == 0x12AB && list.checksum(of: "x.img") == nil && list.checksum(of: "y") == nil)
    #expect(throws: ScatterError.self) {
      try document("<scatter><images><file name='a' checksum='q'/></images></scatter>")
    }
  }

  @Test func `a configuration of the V5 tool tells files, mode and ranges`() throws {
    let text = #"""
      <flashtool-config version="2.0"><general><chip-name>MT6765</chip-name><storage-type>EMMC</storage-type>
      <download-agent>C:\tool\MTK_AllInOne_DA.bin</download-agent><scatter>C:\rom dir\MT6765_Android_scatter.txt</scatter>
      <authentication></authentication><rom-list><rom index="0" enable="true"/><rom index="3" enable="false"/></rom-list></general>
      <commands><readback><physical-readback/><readback-list>
      <readback-rom-item readback-index="0" readback-enable="true" readback-flag="NUTL_READ_PAGE_ONLY"
        start-address="0000000000008000" readback-length="0x0000000000300000" part-id="8">C:\x\ROM_0</readback-rom-item>
      </readback-list></readback><firmware-upgrade/></commands></flashtool-config>
      """#
    guard case .toolConfiguration(let file) = try document(text) else { throw OtherKind() }
    #expect(file.chipName == "MT6765" && file.storage == .emmc && file.mode == .firmwareUpgrade)
    #expect(file.agent == "MTK_AllInOne_DA.bin" && file.scatter == "MT6765_Android_scatter.txt")
    #expect(file.authentication == nil && file.disabledEntries == [3])
    let readback = try #require(file.readbacks.first)
    #expect(readback.start == 0x8000 && readback.byteCount == 0x300000 && readback.section == .user)
    #expect(readback.fileName == "ROM_0" && readback.isEnabled)
  }

  @Test func `a configuration of the V6 tool tells files and commands`() throws {
    let text = #"""
      <cflashtool-config version="1.0"><general><connect-args><flash-xml>D:\p\download_agent\flash.xml</flash-xml>
      <auth-file>a.auth</auth-file></connect-args><runtime-parameter da_log_level="INFO" usb_speed="HIGH"/></general>
      <commands><READ-PARTITION partition="boot"><target-file file_type="HOST" file_name="C:\o\boot.bin"/></READ-PARTITION>
      <REBOOT action="COLD-RESET"/></commands></cflashtool-config>
      """#
    guard case .consoleConfiguration(let file) = try document(text) else { throw OtherKind() }
    #expect(file.downloadXML == "flash.xml" && file.authentication == "a.auth" && file.certificate == nil)
    #expect(file.runtimeParameters == [.init("da_log_level", "INFO"), .init("usb_speed", "HIGH")])
    #expect(file.commands.map(\.name) == ["READ-PARTITION", "REBOOT"] && file.commands[0].fileName == "boot.bin")
  }
}

@Suite struct `Packages around scatter files` {
  private let folder: Workspace

  init() throws { folder = try Workspace() }

  private func write(_ text: String, to name: String) throws { try folder.write(Array(text.utf8), to: name) }

  @Test func `a folder leads to its scatter file, an XML one first, left-over variants never`() throws {
    try write(ScatterSample.example, to: "MT6765_Android_scatter.txt")
    try write(ScatterSample.example, to: "MT6765_Android_scatter_reserve_userdata.txt")
    try write("1 2 3\n", to: "my_scatter.txt")
    #expect(try ScatterPackage(path: folder.path).file.syntax == .text)
    try write(ScatterSample.xml1, to: "MT6765_Android_scatter.xml")
    #expect(try ScatterPackage(path: folder.path).file.syntax == .xml)
    try write(ScatterSample.xml1, to: "other_scatter.xml")
    #expect(
      throws: ScatterError(
        .severalDescriptors(["MT6765_Android_scatter.xml", "other_scatter.xml"]), path: folder.path)
    ) { try ScatterPackage(path: folder.path) }
  }

  @Test func `an empty folder is no package`() throws {
    #expect(throws: ScatterError(.noDescriptor, path: folder.path)) { try ScatterPackage(path: folder.path) }
  }

  @Test func `a download-XML leads one folder up, and no further`() throws {
    let inner = try Subfolder("download_agent", in: folder)
    try inner.write(
      "<flash-mode><dagent>DA_BR.bin</dagent><scatter>../MT6781_Android_scatter.xml</scatter></flash-mode>",
      to: "flash.xml")
    try inner.write("agent", to: "DA_BR.bin")
    try write(ScatterSample.xml2, to: "MT6781_Android_scatter.xml")
    try write("loader", to: "preloader_demo.bin")
    for path in [folder.path, folder.path("download_agent/flash.xml")] {
      let package = try ScatterPackage(path: path)
      #expect(package.download?.agent == "DA_BR.bin" && package.agentPath?.hasSuffix("DA_BR.bin") == true)
      let partition = try #require(package.file.scatter.layouts[0].partitions.first)
      #expect(try package.find(partition)?.byteCount == 6)
    }
    try inner.write("<flash-mode><scatter>../../x.xml</scatter></flash-mode>", to: "flash.xml")
    #expect(throws: ScatterError.self) { try ScatterPackage(path: folder.path) }
  }

  @Test func `names that lead out of the package are refused, also with backslashes`() throws {
    for name in ["..\\vbmeta_system.img", "../x.img", "/etc/passwd", "C:\\x.img"] {
      try write(ScatterSample.example.replacing("boot.img", with: name), to: "scatter.txt")
      let package = try ScatterPackage(path: folder.path("scatter.txt"))
      let boot = try #require(package.file.scatter.layouts[0].partition(named: "boot"))
      #expect(throws: ScatterError.self, "\(name)") { try package.find(boot) }
    }
  }

  @Test func `files are found by name, by name in other case, and compressed`() throws {
    try write(ScatterSample.example, to: "scatter.txt")
    let package = try ScatterPackage(path: folder.path("scatter.txt"))
    let boot = try #require(package.file.scatter.layouts[0].partition(named: "boot"))
    #expect(try package.find(boot) == nil && package.image(of: boot) == nil)
    try write("0123", to: "Boot.IMG")
    #expect(try package.image(of: boot)?.byteCount == 4)
  }

  @Test func `legacy packages have files with fixed names, a wildcard needs one match`() throws {
    try write(ScatterSample.legacy, to: "MT6577_Android_scatter_emmc.txt")
    for name in ["preloader_demo.bin", "MBR", "EBR1", "boot.img", "system.img"] { try write("x", to: name) }
    let package = try ScatterPackage(path: folder.path("MT6577_Android_scatter_emmc.txt"))
    let layout = package.file.scatter.layouts[0]
    let found = try layout.partitions.filter { try package.find($0) != nil }.map(\.name)
    #expect(found == ["PRELOADER", "MBR", "EBR1", "BOOTIMG", "ANDROID"])
    try write("x", to: "preloader_other.bin")
    #expect(throws: ScatterError.self) { try package.find(layout.partitions[0]) }
  }

  @Test func `checksums beside the scatter file are read`() throws {
    try write(ScatterSample.example, to: "scatter.txt")
    try write(
      "<scatter><images><file name='boot.img' chk_method='ADD' checksum='0x5'/></images></scatter>",
      to: "scatter_checksum.xml")
    #expect(try ScatterPackage(path: folder.path("scatter.txt")).checksums()?.checksum(of: "boot.img") == 5)
  }

  @Test func `a pointer in place of an image is told`() throws {
    try write(ScatterSample.example, to: "scatter.txt")
    try write("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 4\n", to: "boot.img")
    let package = try ScatterPackage(path: folder.path("scatter.txt"))
    let boot = try #require(package.file.scatter.layouts[0].partition(named: "boot"))
    #expect(try package.image(of: boot)?.content == .gitLFSPointer)
  }
}

/// A folder inside of a workspace.
private struct Subfolder {
  let workspace: Workspace
  let name: String

  init(_ name: String, in workspace: Workspace) throws {
    self.workspace = workspace
    self.name = name
    try FileManager.default.createDirectory(atPath: workspace.path(name), withIntermediateDirectories: true)
  }

  func write(_ text: String, to file: String) throws { try workspace.write(Array(text.utf8), to: name + "/" + file) }
}

private struct OtherKind: Error {}
