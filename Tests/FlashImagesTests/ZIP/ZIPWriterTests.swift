import FlashImages
import Testing

@Suite struct ZIPWriterTests {
  @Test func `writes archives that others and the reader here take`() throws {
    let space = try Workspace()
    let content = noise(3 << 20)
    let file = try OutputFile.begin(at: space.path("a.zip"), replacing: false)
    let writer = ZIPWriter(file)
    try writer.add("empty", [])
    try writer.add("folder/b\u{E4}r", content)
    try writer.add("zeros", FillImageSource(.zeros, byteCount: 5 << 20))
    #expect(throws: ImageError.self) { try writer.add("empty", [1]) }
    try writer.finish()
    try file.commit()
    let archive = try ZIPArchive(RegularFile(path: space.path("a.zip")))
    #expect(archive.members.map(\.name) == ["empty", "folder/b\u{E4}r", "zeros"])
    #expect(archive.members.map(\.byteCount) == [0, 3 << 20, 5 << 20])
    #expect(try expand(ByteImageSource(archive.bytes(of: archive.members[1]))) == content)
    #expect(try expand(ByteImageSource(archive.bytes(of: archive.members[2]))).allSatisfy { $0 == 0 })
    guard let test = try space.run("unzip", "-tq", "a.zip") else { return }
    #expect(test.status == 0, "\(test.output)")
  }
}
