import Digests
import FlashImages
import Foundation
import Testing
import WireFormat

@testable import flashctl

/// Runs a tool that nobody here wrote; `nil` when the machine does not have it.
private func tool(_ name: String, _ arguments: String...) throws -> Int32? {
  let path = ["/usr/bin/", "/usr/sbin/"].map { $0 + name }.first(where: FileManager.default.isExecutableFile)
  guard let path else { return nil }
  let process = Process()
  process.executableURL = URL(fileURLWithPath: path)
  process.arguments = arguments
  process.standardOutput = FileHandle.nullDevice
  process.standardError = FileHandle.nullDevice
  try process.run()
  process.waitUntilExit()
  return process.terminationStatus
}

@Suite struct `Sparse and compressed images on the command line` {
  private let folder: TemporaryFolder
  /// Data, zeros, a fill, and an end in the middle of a block.
  private let raw: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    raw =
      noise(300_000, seed: 1) + [UInt8](repeating: 0, count: 500_000) + [UInt8](repeating: 0xAB, count: 100_000)
      + noise(1234, seed: 2)
  }

  private var padded: [UInt8] { raw + [UInt8](repeating: 0, count: (4096 - raw.count % 4096) % 4096) }

  @Test func `sparse makes what img2simg makes, unsparse what simg2img makes`() throws {
    let input = try folder.write(raw, to: "raw")
    let made = try BuiltProgram.run("image", "sparse", input, folder.file("ours"))
    #expect(made.status == 0, "\(made.errors)")
    if try tool("img2simg", input, folder.file("theirs")) == 0 {
      #expect(try folder.bytes(of: "ours") == folder.bytes(of: "theirs"))
    }
    let back = try BuiltProgram.run("image", "unsparse", folder.file("ours"), "-o", folder.file("back"), "--json")
    #expect(back.event("result")?["bytes"] as? Int == padded.count)
    #expect(try folder.bytes(of: "back") == padded)
    let refused = try BuiltProgram.run("image", "unsparse", folder.file("ours"), folder.file("back"))
    #expect(refused.status == 64 && refused.errors.contains("file.exists"))
    let same = try BuiltProgram.run("image", "sparse", input, "-o", input, "--force")
    #expect(same.status == 64 && same.errors.contains("image.overwrites-input"))
    #expect(try folder.bytes(of: "raw") == raw)
  }

  @Test func `split and join come back to the same image, in any order`() throws {
    let input = try folder.write(raw, to: "raw")
    #expect(try BuiltProgram.run("image", "sparse", input, folder.file("s.img")).status == 0)
    let split = try BuiltProgram.run("image", "split", folder.file("s.img"), "--size", "100K", "--json")
    let pieces = split.events.filter { $0["event"] as? String == "piece" }.compactMap { $0["file"] as? String }
    #expect(split.status == 0 && pieces.count >= 4)
    #expect(
      try pieces.allSatisfy { try folder.bytes(of: String($0.dropFirst(folder.path.count + 1))).count <= 102_400 })
    let joined = try BuiltProgram.run(["image", "join"] + pieces.reversed() + ["-o", folder.file("joined")])
    #expect(joined.status == 0, "\(joined.errors)")
    #expect(try folder.bytes(of: "joined") == folder.bytes(of: "s.img"))
    let unsparse = try BuiltProgram.run(["image", "unsparse"] + pieces + [folder.file("back")])
    #expect(unsparse.status == 0, "\(unsparse.errors)")
    #expect(try folder.bytes(of: "back") == padded)
    let small = try BuiltProgram.run("image", "split", folder.file("s.img"), "--size", "4000", "-o", folder.file("x"))
    #expect(small.status == 64 && small.errors.contains("image.piece-limit"))
    let notSparse = try BuiltProgram.run("image", "split", input, "--size", "1M")
    #expect(notSparse.status == 65 && notSparse.errors.contains("image.not-sparse"))
  }

  @Test func `convert and inspect see through gzip to the sparse image inside`() throws {
    let input = try folder.write(raw, to: "raw")
    #expect(try BuiltProgram.run("image", "sparse", input, folder.file("s.img"), "--crc").status == 0)
    guard try tool("gzip", "-k", folder.file("s.img")) == 0 else { return }
    let packed = folder.file("s.img.gz")
    let convert = try BuiltProgram.run("image", "convert", packed, folder.file("out"), "--to", "raw")
    #expect(convert.status == 0, "\(convert.errors)")
    #expect(try folder.bytes(of: "out") == padded)
    let shown = try BuiltProgram.run("image", "inspect", packed, "--json", "--sha256")
    let layers = shown.event("imageFile")
    #expect(layers?["compression"] as? String == "gzip" && layers?["format"] as? String == "sparse")
    #expect(layers?["expandedBytes"] as? Int == padded.count)
    var digest = SHA256Digest()
    padded.withUnsafeBytes { digest.update($0) }
    #expect(layers?["sha256"] as? String == digest.hexadecimal())
    #expect(shown.event("sparse")?["checksumsVerified"] as? Int == 1)
    let verified = try BuiltProgram.run("image", "verify", packed)
    #expect(verified.status == 0 && verified.output.contains("compression, sparse chunks and checksums"))
    var damaged = try folder.bytes(of: "s.img.gz")
    damaged[damaged.count / 2] ^= 0x10
    let bad = try folder.write(damaged, to: "bad.gz")
    for command in ["inspect", "verify"] {
      let outcome = try BuiltProgram.run("image", command, bad, "--json")
      #expect(outcome.status == 65)
      #expect((outcome.events.last?["message"] as? String)?.contains("offset 0x") == true)
    }
    let failed = try BuiltProgram.run("image", "unsparse", bad, folder.file("never"))
    #expect(failed.status == 65 && !FileManager.default.fileExists(atPath: folder.file("never")))
  }

  @Test func `a limit stops what expands beyond it`() throws {
    let input = try folder.write([UInt8](repeating: 0, count: 5_000_000), to: "zeros")
    guard try tool("gzip", "-k", input) == 0 else { return }
    let outcome = try BuiltProgram.run(
      "image", "unsparse", folder.file("zeros.gz"), folder.file("out"), "--size-limit", "1M")
    #expect(outcome.status == 65 && outcome.errors.contains("compression.too-large"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("out")))
  }
}

@Suite struct `Partition tables on the command line` {
  private let folder: TemporaryFolder
  private let disk: [UInt8]

  init() throws {
    folder = try TemporaryFolder()
    let builder = GPTBuilder(sectorByteCount: 4096, sectorCount: 1024, name: "test")
    let active = GPTAttributes(rawValue: 0x6F << 48)
    let writes = try builder.writes(of: [
      .init(name: "boot_a", sectorCount: 16, attributes: active), .init(name: "boot_b", sectorCount: 16),
      .init(name: "userdata"),
    ])
    var bytes = [UInt8](repeating: 0, count: 1024 * 4096)
    for write in writes {
      bytes.replaceSubrange(Int(write.lba) * 4096..<Int(write.lba) * 4096 + write.bytes.count, with: write.bytes)
    }
    disk = bytes
  }

  @Test func `show lists partitions and the slot, check finds nothing wrong`() throws {
    let path = try folder.write(disk, to: "lun0.img")
    let shown = try BuiltProgram.run("gpt", "show", path, "--json")
    #expect(shown.status == 0)
    #expect(shown.event("table")?["sectorSize"] as? Int == 4096)
    #expect(shown.event("table")?["slot"] as? String == "a")
    let names = shown.events.filter { $0["event"] as? String == "partition" }.compactMap { $0["name"] as? String }
    #expect(names == ["boot_a", "boot_b", "userdata"])
    #expect(try BuiltProgram.run("gpt", "check", path).status == 0)
    #expect(try BuiltProgram.run("image", "inspect", path).output.contains("userdata"))
    let other = try BuiltProgram.run("gpt", "check", path, "--sector-size", "512")
    #expect(other.status == 65 && other.errors.contains("4096-byte sectors"))
  }

  @Test func `a damaged copy fails the check and is repaired in place`() throws {
    var damaged = disk
    damaged[4096 + 60] ^= 1
    let path = try folder.write(damaged, to: "lun0.img")
    let checked = try BuiltProgram.run("gpt", "check", path)
    #expect(checked.status == 65 && checked.errors.contains("gpt.damaged"))
    let planned = try BuiltProgram.run("gpt", "repair", path, "--dry-run", "--json")
    #expect(planned.event("result")?["status"] as? String == "planned")
    #expect(try folder.bytes(of: "lun0.img") == damaged)
    #expect(try BuiltProgram.run("gpt", "repair", path).status == 0)
    #expect(try folder.bytes(of: "lun0.img") == disk)
    #expect(try BuiltProgram.run("gpt", "repair", path).output.contains("nothing to do"))
  }

  @Test func `a table is saved, restored and grown`() throws {
    let path = try folder.write(disk, to: "lun0.img")
    let saved = folder.file("gpt_both0.bin")
    #expect(try BuiltProgram.run("gpt", "backup", path, "-o", saved).status == 0)
    #expect(try folder.bytes(of: "gpt_both0.bin").count == 24576 + 20480)
    #expect(try BuiltProgram.run("gpt", "show", saved).output.contains("(both)"))
    let blank = try folder.write([UInt8](repeating: 0, count: disk.count), to: "blank.img")
    #expect(try BuiltProgram.run("gpt", "restore", blank, saved).status == 0)
    #expect(try folder.bytes(of: "blank.img") == disk)
    let larger = try folder.write(disk + [UInt8](repeating: 0, count: disk.count), to: "larger.img")
    #expect(try BuiltProgram.run("gpt", "check", larger).status == 65)
    let grown = try BuiltProgram.run("gpt", "grow", larger, "--json")
    #expect(grown.event("grown")?["name"] as? String == "userdata")
    #expect(try BuiltProgram.run("gpt", "check", larger).status == 0)
    let small = try folder.write([UInt8](repeating: 0, count: disk.count / 2), to: "small.img")
    let refused = try BuiltProgram.run("gpt", "restore", small, saved)
    #expect(refused.status == 65 && refused.errors.contains("userdata"))
    let nothing = try BuiltProgram.run("gpt", "show", try folder.write(noise(100_000, seed: 4), to: "noise"))
    #expect(nothing.status == 65 && nothing.errors.contains("gpt.none"))
  }
}
