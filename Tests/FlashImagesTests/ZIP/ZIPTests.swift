import FlashImages
import Testing
import WireFormat

@Suite("ZIP archives")
struct ZIPTests {
  /// An archive with stored members, put together byte by byte.
  static func archive(_ members: [(name: String, data: [UInt8])], change: (inout [UInt8]) -> Void = { _ in }) -> [UInt8]
  {
    var bytes: [UInt8] = []
    var directory: [UInt8] = []
    for member in members {
      let offset = UInt32(bytes.count)
      let checksum = CRC32(of: member.data.rawSpan).value
      var common: [UInt8] = [20, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      common.append(littleEndian: checksum)
      for _ in 0..<2 { common.append(littleEndian: UInt32(member.data.count)) }
      common.append(littleEndian: UInt16(member.name.utf8.count))
      common += [0, 0]
      bytes += [0x50, 0x4B, 3, 4] + common + Array(member.name.utf8) + member.data
      directory += [0x50, 0x4B, 1, 2, 20, 0] + common + [UInt8](repeating: 0, count: 10)
      directory.append(littleEndian: offset)
      directory += Array(member.name.utf8)
    }
    let start = UInt32(bytes.count)
    bytes += directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0]
    for _ in 0..<2 { bytes.append(littleEndian: UInt16(members.count)) }
    bytes.append(littleEndian: UInt32(directory.count))
    bytes.append(littleEndian: start)
    bytes += [0, 0]
    change(&bytes)
    return bytes
  }

  static let two = archive([("a.txt", Array("hello".utf8)), ("dir/b", noise(1000))])

  private func content(_ name: String, of archive: ZIPArchive) throws -> [UInt8] {
    try expand(ByteImageSource(archive.bytes(of: #require(archive.member(named: name)))))
  }

  @Test func `stored members are read by name`() throws {
    let archive = try ZIPArchive(MemoryBytes(Self.two))
    #expect(archive.members.map(\.name) == ["a.txt", "dir/b"])
    #expect(try content("a.txt", of: archive) == Array("hello".utf8))
    #expect(try content("dir/b", of: archive) == noise(1000))
    #expect(archive.member(named: "A.TXT") == nil)
    #expect(try ZIPArchive(MemoryBytes(Self.archive([]))).members.isEmpty)
  }

  @Test func `every truncation and every changed byte gives an error or the right content`() throws {
    for cut in 0..<Self.two.count {
      guard let archive = try? ZIPArchive(MemoryBytes(Array(Self.two.prefix(cut)))) else { continue }
      #expect(archive.members.isEmpty)
    }
    for offset in Self.two.indices {
      for bit in [UInt8(1), 0x80] {
        var changed = Self.two
        changed[offset] ^= bit
        guard let archive = try? ZIPArchive(MemoryBytes(changed)) else { continue }
        for member in archive.members {
          guard let bytes = try? expand(ByteImageSource(archive.bytes(of: member))) else { continue }
          #expect(UInt64(bytes.count) == member.byteCount)
        }
      }
    }
  }

  @Test func `members that share bytes are refused, and so are doubled names`() throws {
    let overlapping = Self.archive([("a", noise(100)), ("b", noise(100))]) { bytes in
      // The second entry of the directory points to the first member.
      bytes.replaceSubrange(bytes.count - 22 - 5..<bytes.count - 22 - 1, with: [1, 0, 0, 0])
    }
    #expect(Self.defect(of: overlapping) == .overlappingMembers("a", "b"))
    #expect(Self.defect(of: Self.archive([("a", [1]), ("a", [2])])) == .duplicateMember("a"))
  }

  /// Why an archive is refused; `nil` when it is not.
  private static func defect(of bytes: [UInt8]) -> ZIPDefect? {
    do { _ = try ZIPArchive(MemoryBytes(bytes)) } catch {
      if case .zip(_, _, let defect) = error { return defect }
    }
    return nil
  }

  @Test func `a symbolic link is no file`() throws {
    let bytes = Self.archive([("a", Array("/etc/passwd".utf8)), ("b", [1])]) { bytes in
      // The upper half of the external attributes of the first entry: a link with mode 0777.
      let entry = 2 * 30 + 2 + 11 + 1
      bytes.replaceSubrange(entry + 38..<entry + 42, with: [0, 0, 0xFF, 0xA1])
    }
    let archive = try ZIPArchive(MemoryBytes(bytes, path: "x.zip"))
    #expect(try content("b", of: archive) == [1])
    let link = try #require(archive.member(named: "a"))
    #expect(throws: ImageError.zip(path: "x.zip", offset: 0, .symbolicLink(member: "a"))) {
      try archive.bytes(of: link)
    }
  }

  @Test func `deflated members, comments and ZIP64 of other tools are read`() throws {
    let workspace = try Workspace()
    let data = noise(200_000, seed: 3) + [UInt8](repeating: 9, count: 800_000)
    try workspace.write(data, to: "data")
    let script = """
      import zipfile
      z = zipfile.ZipFile('made.zip', 'w', zipfile.ZIP_DEFLATED)
      z.comment = b'PK comment'
      z.write('data', 'images/data')
      with z.open('large', 'w', force_zip64=True) as f: f.write(b'zip64')
      z.close()
      """
    guard try workspace.run("python3", "-c", script)?.status == 0 else { return }
    let archive = try ZIPArchive(try RegularFile(path: workspace.path("made.zip")))
    #expect(try content("images/data", of: archive) == data)
    #expect(try content("large", of: archive) == Array("zip64".utf8))
    var bytes = try workspace.read("made.zip")
    bytes[100_000] ^= 1
    let damaged = try ZIPArchive(MemoryBytes(bytes))
    #expect(throws: ImageError.self) { try content("images/data", of: damaged) }
  }

  @Test func `kinds of content that a partition never holds are odd there`() {
    #expect(ContentKind.ext.isOdd(inPartition: "boot_a") && !ContentKind.androidBoot.isOdd(inPartition: "BOOT_b"))
    #expect(!ContentKind.ext.isOdd(inPartition: "userdata") && !ContentKind.ext.isOdd(inPartition: "modem"))
    #expect(ContentKind.ext.isOdd(inPartition: "vbmeta_system_a"))
  }
}
