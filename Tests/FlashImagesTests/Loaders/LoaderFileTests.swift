import FlashImages
import Testing
import WireFormat

@Suite struct `Loaders of Qualcomm devices` {
  private func kind(_ bytes: [UInt8], path: String = "loader") throws -> LoaderFile.Kind {
    try LoaderFile(MemoryBytes(bytes, path: path)).kind
  }

  private func reason(_ bytes: [UInt8]) -> String? {
    do { _ = try LoaderFile(MemoryBytes(bytes)) } catch {
      if case .malformed(_, let offset, let reason) = error { return "\(offset): \(reason)" }
    }
    return nil
  }

  @Test func `an ELF file is read by its headers`() throws {
    let file = try LoaderFile(MemoryBytes(LoaderSamples.elf64(code: [1, 2, 3])))
    guard case .elf(let elf) = file.kind else { Issue.record("no ELF file"); return }
    #expect(elf.is64Bit && elf.machineName == "AArch64" && elf.entry == 0x1480_0000)
    #expect(elf.segments.count == 2 && elf.segments[1].isLoad && elf.segments[1].fileByteCount == 3)
    #expect(elf.hasPlausibleEntry)
    #expect(file.remarks == [.unsigned])
  }

  @Test func `damage of an ELF file is told by the offset`() {
    let good = LoaderSamples.elf64(code: [1, 2, 3])
    func changed(_ change: (inout [UInt8]) -> Void) -> String? {
      var bytes = good
      change(&bytes)
      return reason(bytes)
    }
    #expect(changed { _ in } == nil)
    #expect(changed { $0 = Array($0.prefix(40)) } == "0: no ELF header")
    #expect(changed { $0 = Array($0.prefix(60)) } == "60: truncated ELF header")
    #expect(changed { $0[4] = 3 } == "4: ELF class 3")
    #expect(changed { $0[5] = 2 } == "5: ELF file that is not little endian")
    #expect(changed { $0[54] = 32 } == "54: ELF program header size 32")
    #expect(changed { $0[56] = 0 } == "56: 0 ELF program headers")
    #expect(changed { $0[57] = 0xFF } == "56: 65282 ELF program headers")
    #expect(changed { $0[39] = 0xFF }?.hasSuffix("truncated ELF program headers") == true)
    #expect(changed { $0.removeLast() } == "120: ELF segment 1 ends beyond the file")
    #expect(changed { $0[64 + 56 + 15] = 0xFF } == "120: ELF segment 1 ends beyond the file")
  }

  @Test func `hash segments of all versions tell the software id where they have it`() throws {
    for (version, hex) in LoaderSamples.hashHeaders {
      var segment = try #require(Hex.bytes(hex))
      if version == 6 {
        for word in [0, 0, 9, 0, 0x72, 1] as [UInt32] { segment.append(littleEndian: word) }
        segment += [UInt8](repeating: 0, count: 120 - 24)
      }
      var bytes = LoaderSamples.elf64(code: segment)
      // The segment of code becomes the segment of hashes.
      bytes.replaceSubrange(124..<128, with: [0, 0, 0x20, 0x02])
      let file = try LoaderFile(MemoryBytes(bytes))
      guard case .elf(let elf) = file.kind else { Issue.record("no ELF file"); return }
      #expect(elf.hashTable?.version == version)
      #expect(elf.hashTable?.softwareID == [5: nil, 6: 9, 7: 3][version])
      #expect(file.remarks.contains(.otherSoftware(id: 9)) == (version == 6))
    }
  }

  @Test func `MBN headers of 40 and 80 bytes`() throws {
    guard case .mbn(let short) = try kind(LoaderSamples.shortMBN + [UInt8](repeating: 0, count: 0x140)) else {
      Issue.record("no MBN file"); return
    }
    #expect(short.headerByteCount == 40 && short.imageID == 13 && short.destination == 0x2A00_0000)
    guard case .mbn(let long) = try kind(LoaderSamples.longMBN + [UInt8](repeating: 0, count: 0x1000)) else {
      Issue.record("no MBN file"); return
    }
    #expect(long.headerByteCount == 80 && long.imageID == 13 && long.destination == 0xF800_C050)
    #expect(reason(LoaderSamples.longMBN) == "28: MBN image of 4176 bytes in a file of 80")
    #expect(reason(LoaderSamples.shortMBN) == "16: MBN image of 360 bytes in a file of 40")
    let preamble = [0xD1, 0xDC, 0x4B, 0x84, 0x34, 0x10, 0xD7, 0x73, 0x5A, 0x43, 0x0B, 0x7D] as [UInt8]
    #expect(try kind(preamble + [UInt8](repeating: 0xFF, count: 100)) == .flashImage)
  }

  @Test func `Intel HEX text becomes segments`() throws {
    guard case .intelHEX(let file) = try kind(Array(LoaderSamples.hex.utf8)) else { Issue.record("no HEX"); return }
    #expect(file.entry == 0x2A00_0000)
    #expect(file.segments.map(\.address) == [0x2A00_0000, 0x2A00_FFF8])
    #expect(file.segments[0].bytes == Array(0...15))
    #expect(file.segments[1].bytes == [0, 1, 2, 3, 4, 5, 6, 7, 0xAA, 0xAA, 0xAA, 0xAA])
  }

  @Test func `Intel HEX text is read without its odd spaces and refused with its errors`() throws {
    let odd = "\r\n  :01000000AA55 \r\n\n:020000021000EC\r\n:02FFFF00 1122 CD\n:00000001FF\nrest"
    guard case .intelHEX(let file) = try kind(Array(odd.utf8)) else { Issue.record("no HEX"); return }
    // Under a segment base addresses wrap within 64 KiB.
    #expect(file.segments.map(\.address) == [0, 0x1_0000, 0x1_FFFF])
    #expect(file.segments.map(\.bytes) == [[0xAA], [0x22], [0x11]])
    for (text, expected) in [
      (":01000000AA56\n:00000001FF", "0: Intel HEX line 1: wrong checksum"),
      (":01000000AA55\n:0100000", "14: Intel HEX line 2: no record"),
      (":01000000AA55\n:0200000455\n", "14: Intel HEX line 2: wrong length"),
      (":01000000AA55\n:0100000X0055\n", "14: Intel HEX line 2: not hexadecimal"),
      (":01000000AA55\n", "14: Intel HEX text without an end record"),
      (":01000000AA55\n:01000000AB54\n:00000001FF", "14: Intel HEX line 2: data that contradict an earlier record"),
      (":01000006AA4F\n", "0: Intel HEX line 1: record of type 6 with 1 bytes"),
    ] {
      #expect(reason(Array(text.utf8)) == expected, "\(text)")
    }
  }

  @Test func `the archive of the specification`() throws {
    guard case .archive(let archive) = try kind(LoaderSamples.archive) else { Issue.record("no archive"); return }
    let entry = try #require(archive.entries.first)
    #expect(archive.entries.count == 1 && entry.id == 13 && entry.label == "prog.elf")
    #expect(entry.range == 0x7C..<0x81 && entry.headerOffset == 0)
  }

  @Test func `damage of an archive is told by the offset`() {
    func changed(_ change: (inout [UInt8]) -> Void) -> String? {
      var bytes = LoaderSamples.archive
      change(&bytes)
      return reason(bytes)
    }
    func text(_ text: String, at offset: Int) -> (inout [UInt8]) -> Void {
      { $0.replaceSubrange(offset..<offset + text.utf8.count, with: Array(text.utf8)) }
    }
    #expect(changed(text("070702", at: 0)) == nil)
    #expect(changed(text("0x13:p.elf", at: 0x6E)) == nil)
    #expect(changed { $0 = Array($0.prefix(200)) } == "132: truncated archive header")
    #expect(changed { $0 = Array($0.prefix(0x84)) } == "132: truncated archive header")
    #expect(changed(text("X", at: 0x84)) == "132: no archive header")
    #expect(changed(text("G", at: 60)) == "54: archive field that is not hexadecimal")
    #expect(changed(text("FFFFFFFF", at: 54)) == "54: archive entry ends beyond the file")
    #expect(changed(text("00000000", at: 94)) == "94: archive entry name of 0 bytes")
    #expect(changed(text("FFFFFFFF", at: 94)) == "94: archive entry name of 4294967295 bytes")
    #expect(changed { $0[0x6E + 11] = 0x41 } == "110: archive entry name without NUL")
    #expect(changed(text("00", at: 0x6E)) == "0: archive entry “00:prog.elf”: no image id from 1 to 127")
    #expect(changed(text("128:", at: 0x6E))?.contains("no image id") == true)
    #expect(changed(text("x", at: 0x6E))?.contains("no image id") == true)
  }

  @Test func `a sahara_config lists its images`() throws {
    let text = """
      <?xml version="1.0"?>
      <sahara_config><chipset>x</chipset><images>
        <image image_id="13" image_path="a.elf" programmer="true"/>
        <image image_id="" image_path=""/>
        <image image_path="b.elf" image_id="0x26"/>
      </images></sahara_config>
      """
    guard case .config(let config) = try kind(Array(text.utf8)) else { Issue.record("no config"); return }
    #expect(config.entries.map(\.id) == [13, 38])
    #expect(config.entries.map(\.path) == ["a.elf", "b.elf"])
    #expect(config.skipped.map(\.line) == [4])
    func reason(_ image: String) -> String? {
      self.reason(Array("<sahara_config>\n<images>\(image)</images></sahara_config>".utf8))
    }
    #expect(reason("<image image_id='0' image_path='a'/>")?.contains("line 2: image_id “0”") == true)
    #expect(reason("<image image_id='128' image_path='a'/>")?.contains("no number from 1 to 127") == true)
    #expect(reason("<image image_id='x' image_path='a'/>")?.contains("no number from 1 to 127") == true)
    #expect(reason("<image image_id='13'/>")?.contains("image 13 has no image_path") == true)
    #expect(
      reason("<image image_id='1' image_path='a'/><image image_id='1' image_path='b'/>")?
        .contains("a second entry for image 1") == true)
    #expect(reason("")?.contains("without images") == true)
    #expect(reason("<image")?.contains("XML line 2") == true)
  }

  @Test(
    "what is taken for a loader by mistake is called by its name",
    arguments: [
      ("", LoaderFile.OtherFile.empty), ("version https://git-lfs.github.com/spec/v1\n", .gitLFSPointer),
      ("  <!DOCTYPE html><p>", .html), ("<HTML>", .html), ("PK\u{3}\u{4}", .zip), ("<data/>", .xml),
      ("anything", nil),
    ] as [(String, LoaderFile.OtherFile?)])
  func others(text: String, expected: LoaderFile.OtherFile?) throws {
    #expect(try kind(Array(text.utf8)) == .other(expected))
  }
}
