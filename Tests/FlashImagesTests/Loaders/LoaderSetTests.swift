import FlashImages
import Foundation
import Testing

@Suite struct `Loaders that a user gives` {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private final class Folder {
    let path = NSTemporaryDirectory() + "loaders-" + UUID().uuidString.prefix(8)

    init() throws {
      try FileManager.default.createDirectory(atPath: path + "/build/xml", withIntermediateDirectories: true)
    }
    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ bytes: [UInt8], to name: String) -> String {
      _ = FileManager.default.createFile(atPath: path + "/" + name, contents: Data(bytes))
      return path + "/" + name
    }
  }

  private func failure(_ arguments: [String]) -> LoaderError? {
    do { _ = try LoaderSet(arguments) } catch { return error }
    return nil
  }

  private var elf: [UInt8] { LoaderSamples.elf64(code: [1, 2, 3]) }

  @Test func `a single file has no id`() throws {
    let path = folder.write(elf, to: "a,b.elf")
    let images = try LoaderSet([path]).images
    #expect(images.count == 1 && images[0].id == nil && images[0].byteCount == UInt64(elf.count))
    #expect(images[0].name == path)
  }

  @Test func `ids go before files, several in one word or in several`() throws {
    let first = folder.write(elf, to: "a.elf")
    let second = folder.write([1, 2, 3], to: "b,c.bin")
    for arguments in [["13:\(first)", "0x26:\(second)"], ["13:\(first),0x26:\(second)"]] {
      let images = try LoaderSet(arguments).images
      #expect(images.map(\.id) == [13, 38] && images[1].name == second && images[1].byteCount == 3)
    }
    #expect(try LoaderSet(["0:\(first)"]).images[0].id == 0)
  }

  @Test func `what does not go together is refused`() {
    let path = folder.write(elf, to: "a.elf")
    #expect(failure([]) == .nothingGiven)
    #expect(failure([path, path]) == .withoutID(path: path))
    #expect(failure([path, "13:\(path)"]) == .withoutID(path: path))
    #expect(failure(["13:\(path)", "0xd:\(path)"]) == .repeatedID(13))
    #expect(failure(["128:\(path)"]) == .invalidID(128, path: path))
    #expect(failure([folder.path + "/none"]) == .file(.missing(path: folder.path + "/none")))
    let junk = folder.write([0x41], to: "junk")
    #expect(failure([junk]) == .notALoader(path: junk, nil))
    #expect(failure(["13:\(folder.write([], to: "empty"))"]) == .notALoader(path: folder.path + "/empty", .empty))
  }

  @Test func `Intel HEX is sent as its bytes, from one place only`() throws {
    let flat = folder.write(Array(":02000000AABB99\n:00000001FF\n".utf8), to: "flat.hex")
    let set = try LoaderSet([flat])
    #expect(set.isConverted && set.images[0].byteCount == 2)
    let scattered = folder.write(Array(LoaderSamples.hex.utf8), to: "scattered.hex")
    #expect(failure([scattered]) == .scattered(path: scattered, segments: 2))
  }

  @Test func `an archive gives every image its range`() throws {
    let path = folder.write(LoaderSamples.archive, to: "archive")
    let images = try LoaderSet([path]).images
    #expect(images.map(\.id) == [13] && images[0].range == 0x7C..<0x81 && images[0].name == path + "#prog.elf")
    #expect(failure([path, path]) == .repeatedID(13))
    // What cpio makes of all hard links but the last.
    var empty = LoaderSamples.archive
    empty.replaceSubrange(54..<62, with: Array("00000000".utf8))
    empty.removeSubrange(0x7C..<0x84)
    let hollow = folder.write(empty, to: "hollow")
    #expect(failure([hollow]) == .notALoader(path: hollow + "#prog.elf", .empty))
    let pointer = folder.write(Array("version https://git-lfs.github.com/spec/v1\n".utf8), to: "pointer")
    #expect(failure(["38:\(pointer)"]) == .notALoader(path: pointer, .gitLFSPointer))
  }

  @Test func `a list may reach the parent of its folder, and no further`() throws {
    _ = folder.write(elf, to: "build/prog.elf")
    _ = folder.write(elf, to: "build/xml/second.elf")
    let outside = folder.write(elf, to: "outside.elf")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path + "/build/xml/link.elf", withDestinationPath: outside)
    func list(_ path: String) -> String {
      folder.write(
        Array("<sahara_config><images><image image_id='13' image_path='\(path)'/></images></sahara_config>".utf8),
        to: "build/xml/sahara.xml")
    }
    for path in ["second.elf", "..\\prog.elf", "../prog.elf", "./second.elf"] {
      #expect(try LoaderSet([list(path)]).images[0].id == 13, "\(path)")
    }
    for path in ["../../outside.elf", outside, "link.elf", "/etc/hostname"] {
      #expect(failure([list(path)]) == .outsidePackage(path: path), "\(path)")
    }
    #expect(failure([list("none.elf")]) == .file(.missing(path: folder.path + "/build/xml/none.elf")))
  }
}
