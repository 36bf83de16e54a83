import Digests
import Foundation
import Testing

@testable import flashctl

/// `image inspect`, `verify` and `extract` with the files that MediaTek boot ROMs and agents are given.
@Suite struct `MediaTek loaders on the command line` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
  }

  private static func padded(_ text: String, _ count: Int) -> [UInt8] {
    Array(text.utf8) + [UInt8](repeating: 0, count: count - text.utf8.count)
  }

  private static func sha256(_ bytes: [UInt8]) -> [UInt8] {
    var digest = SHA256Digest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.bytes()
  }

  /// One V6 entry for code 1229 whose first stage holds the digest of the second.
  private static func archive(isRight: Bool = true) -> [UInt8] {
    let stage2 = noise(300, seed: 5)
    let digest = isRight ? sha256(stage2) : sha256([1])
    let stage1 = noise(200, seed: 4) + digest + [UInt8](repeating: 0, count: 16)
    let signature = noise(256, seed: 6)
    let start = 0x6C + 0x14 + 3 * 20
    let first = stage1.count + 256
    var bytes = padded("MTK_DOWNLOAD_AGENT", 32) + padded("MTK_DA_v6_2023-12-07 18:29:49", 64)
    bytes += little(4, 4) + little(0x2266_8899, 4) + little(1, 4)
    bytes +=
      [0xDADA, 0x1229, 0x8A00, 0xCA00, 0, 0].flatMap { little($0, 2) } + little(0, 4) + little(0, 2) + little(3, 2)
    for (offset, count, address) in [
      (start, first, 0x200_0000), (start, first, 0x200_0000), (start + first, 556, 0x4000_0000),
    ] {
      bytes += [UInt64(offset), UInt64(count), UInt64(address), UInt64(offset + count - 256), 256].flatMap {
        little($0, 4)
      }
    }
    return bytes + stage1 + signature + stage2 + signature
  }

  /// A preloader with one record of memory settings.
  private static func preloader() -> [UInt8] {
    var memory = padded("MTK_BLOADER_INFO_v21", 0x1B) + padded("preloader_demo.bin", 61) + Array("V116".utf8)
    memory += little(0x3344_8822, 4) + little(0x90, 2) + little(0x70, 2) + padded("MTK_BIN", 8) + little(1, 4)
    let record = little(0, 4) + little(0x203, 4) + little(9, 4) + little(0, 4) + [0x15, 1, 0] + Array("FE62MB".utf8)
    memory += record + [UInt8](repeating: 0, count: 188 - record.count)
    let content = [UInt8](repeating: 0xEA, count: 0x100) + memory + little(UInt64(memory.count), 4)
    let length = UInt64(56 + content.count + 32)
    var bytes: [UInt8] =
      [0x4D, 0x4D, 0x4D, 1, 0x38, 0, 0, 0] + padded("FILE_INFO", 12) + little(1, 4) + little(1, 2) + [5, 1]
    for word in [0x20_0F10, length, 0x40000, 56, 32, 56, 1] as [UInt64] { bytes += little(word, 4) }
    return bytes + content + [UInt8](repeating: 0x51, count: 32)
  }

  @Test func `an agent file is shown with its chip, its stages and their digest`() throws {
    let path = try folder.write(Self.archive(), to: "DA_BR.bin")
    let shown = try BuiltProgram.run("image", "inspect", path)
    #expect(shown.status == 0 && shown.output.contains("1229 (MT6886)"), "\(shown.errors)\(shown.output)")
    #expect(shown.output.contains("DA1 knows DA2 by its SHA-256") && shown.output.contains("duplicate of DA1"))
    let json = try BuiltProgram.run("image", "inspect", path, "--json")
    #expect(json.event("agentFile")?["xml"] as? Bool == true && json.event("agentFile")?["entries"] as? Int == 1)
    #expect(json.event("agent")?["code"] as? String == "1229" && json.event("agent")?["generation"] as? String == "V6")
    #expect(json.event("agent")?["stageDigest"] as? String == "SHA-256")
    let verified = try BuiltProgram.run("image", "verify", path)
    #expect(verified.status == 0 && verified.output.contains("1 of 1 second stages"), "\(verified.errors)")
    let other = try folder.write(Self.archive(isRight: false), to: "other.bin")
    #expect(try BuiltProgram.run("image", "inspect", other, "--json").event("agent")?["stageDigest"] is NSNull)
  }

  @Test func `stages are taken out, with and without signatures`() throws {
    let path = try folder.write(Self.archive(), to: "DA_BR.bin")
    let whole = try BuiltProgram.run("image", "extract", path, "-d", folder.file("out"))
    #expect(whole.status == 0, "\(whole.errors)")
    #expect(try folder.bytes(of: "out/0-1229-DA2.bin") == noise(300, seed: 5) + noise(256, seed: 6))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.file("out")).sorted() == [
        "0-1229-DA1.bin", "0-1229-DA2.bin",
      ])
    let bare = try BuiltProgram.run(
      "image", "extract", path, "-d", folder.file("bare"), "--type", "DA2", "--device", "1229", "--no-signature")
    #expect(bare.status == 0, "\(bare.errors)")
    #expect(try folder.bytes(of: "bare/0-1229-DA2.bin") == noise(300, seed: 5))
    let none = try BuiltProgram.run("image", "extract", path, "-d", folder.file("none"), "--device", "6765")
    #expect(none.status == 65 && none.errors.contains("image.no-match"), "\(none.errors)")
  }

  @Test func `regions outside of the file are shown, and fail the check`() throws {
    let path = try folder.write(Self.archive().dropLast(10).map { $0 }, to: "cut.bin")
    let shown = try BuiltProgram.run("image", "inspect", path)
    #expect(shown.status == 0 && shown.errors.contains("region 2 of entry 0 ends behind the file"), "\(shown.errors)")
    #expect(try BuiltProgram.run("image", "verify", path).status == 65)
  }

  @Test func `a preloader is shown with its memory settings, which can be taken out`() throws {
    let path = try folder.write(Self.preloader(), to: "preloader_demo.bin")
    let json = try BuiltProgram.run("image", "inspect", path, "--json")
    #expect(json.status == 0, "\(json.errors)")
    #expect(json.event("preloader")?["loadAddress"] as? String == "0x200f10")
    let settings = try #require(json.event("memorySettings"))
    #expect(settings["version"] as? Int == 21 && settings["project"] as? String == "demo")
    let records = try #require(settings["records"] as? [[String: Any]])
    #expect(records.first?["memory"] as? String == "LPDDR3" && records.first?["name"] as? String == "FE62MB")
    #expect(try BuiltProgram.run("image", "extract", path, "-d", folder.file("out")).status == 0)
    let block = try folder.bytes(of: "out/emi.bin")
    #expect(block.count == 0x70 + 188 && block.starts(with: Array("MTK_BLOADER_INFO_v21".utf8)))
    let inspected = try BuiltProgram.run("image", "inspect", folder.file("out/emi.bin"))
    #expect(inspected.output.contains("with eMMC, for 15 01 00 46 45 36 32 4D 42 “FE62MB”"), "\(inspected.output)")
    let cut = try folder.write(Array(Self.preloader().dropLast(5)), to: "cut.bin")
    #expect(try BuiltProgram.run("image", "verify", cut).status == 65)
    #expect(try BuiltProgram.run("image", "verify", path).status == 0)
  }
}
