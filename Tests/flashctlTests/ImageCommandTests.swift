import Foundation
import Testing

@testable import flashctl

@Suite struct `Firmware files on the command line` {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A container with a kernel and an eMMC image, made by the program.
  private func firmware() throws -> String {
    var kernel = noise(5000, seed: 1)
    kernel.replaceSubrange(36..<40, with: [0x18, 0x28, 0x6F, 0x01])
    let zImage = try folder.write(kernel, to: "zImage")
    let emmc = try folder.write(noise(70_000, seed: 2), to: "emmc.img")
    let layout = try folder.write(Array("mmc {\n}\n".utf8), to: "layout.txt")
    let outcome = try BuiltProgram.run(
      "image", "create", "-o", folder.file("firmware"), "--release", "TEST_1", "--device", "RX-51",
      "kernel=\(zImage),version=1.0,device=RX-51:2101,2102", "mmc=\(emmc),layout=\(layout)")
    #expect(outcome.status == 0, "\(outcome.errors)")
    return folder.file("firmware")
  }

  @Test func `create, inspect and verify agree`() throws {
    let path = try firmware()
    let outcome = try BuiltProgram.run("image", "inspect", path, "--json")
    #expect(outcome.status == 0)
    #expect(outcome.event("container")?["release"] as? String == "TEST_1")
    let images = outcome.events.filter { $0["event"] as? String == "image" }
    #expect(images.compactMap { $0["type"] as? String } == ["kernel", "mmc"])
    #expect(images.compactMap { $0["hashState"] as? String } == ["ok", "ok"])
    #expect(images.compactMap { $0["bytes"] as? Int } == [5120, 70_144])
    #expect(images.first?["version"] as? String == "1.0")
    #expect(images.last?["layout"] as? String == "mmc {\n}\n")
    #expect(outcome.events.last?["event"] as? String == "result")
    let verified = try BuiltProgram.run("image", "verify", path)
    #expect(verified.status == 0 && verified.output.contains("2 images"))
    let shown = try BuiltProgram.run("image", "inspect", path)
    #expect(shown.output.contains("kernel, version 1.0, for RX-51 (2101, 2102)"))
    #expect(shown.errors.isEmpty)
  }

  @Test func `extract and create make the same file again, and refuse to replace it`() throws {
    let path = try firmware()
    let unpacked = folder.file("unpacked")
    #expect(try BuiltProgram.run("image", "extract", path, "-d", unpacked).status == 0)
    #expect(try folder.bytes(of: "unpacked/kernel-RX-51:2101,2102_1.0").count == 5120)
    let again = folder.file("again")
    #expect(try BuiltProgram.run("image", "create", "-o", again, unpacked + "/fiasco.json").status == 0)
    #expect(try folder.bytes(of: "again") == folder.bytes(of: "firmware"))
    let refused = try BuiltProgram.run("image", "create", "-o", again, unpacked + "/fiasco.json")
    #expect(refused.status == 64)
    #expect(refused.errors.contains("file.exists"))
    #expect(try BuiltProgram.run("image", "extract", path, "-d", unpacked).status == 64)
    #expect(try BuiltProgram.run("image", "extract", path, "-d", unpacked, "--force").status == 0)
  }

  @Test func `a file that changed since it was extracted needs --recompute`() throws {
    let path = try firmware()
    #expect(try BuiltProgram.run("image", "extract", path, "-d", folder.file("unpacked")).status == 0)
    _ = try folder.write(noise(4000, seed: 3), to: "unpacked/kernel-RX-51:2101,2102_1.0")
    let manifest = folder.file("unpacked/fiasco.json")
    let refused = try BuiltProgram.run("image", "create", "-o", folder.file("new"), manifest)
    #expect(refused.status == 65 && refused.errors.contains("--recompute"))
    #expect(try BuiltProgram.run("image", "create", "-o", folder.file("new"), manifest, "--recompute").status == 0)
    #expect(try BuiltProgram.run("image", "verify", folder.file("new")).status == 0)
  }

  @Test func `extract takes what type, device and revision leave`() throws {
    let path = try firmware()
    let some = try BuiltProgram.run("image", "extract", path, "-d", folder.file("a"), "-t", "mmc", "--json")
    #expect(some.events.compactMap { $0["file"] as? String }.contains("mmc-RX-51"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("a/kernel-RX-51:2101,2102_1.0")))
    let other = try BuiltProgram.run(
      "image", "extract", path, "-d", folder.file("b"), "-t", "kernel", "--device", "RX-51", "--hw-revision", "9")
    #expect(other.status == 65 && other.errors.contains("image.no-match"))
  }

  @Test func `damage is shown with its offset and ends with 65, what can be read is read`() throws {
    let bytes = try folder.bytes(of: URL(fileURLWithPath: try firmware()).lastPathComponent)
    let cut = try folder.write(Array(bytes.dropLast(1000)), to: "cut")
    for command in ["inspect", "verify"] {
      let outcome = try BuiltProgram.run("image", command, cut, "--json")
      #expect(outcome.status == 65)
      #expect(outcome.event("condition")?["code"] as? String == "F09")
      #expect(outcome.events.last?["exit"] as? Int == 65)
      #expect((outcome.events.last?["message"] as? String)?.contains("offset 0x") == true)
    }
    #expect(try BuiltProgram.run("image", "extract", cut, "-d", folder.file("unpacked")).status == 65)
    #expect(try folder.bytes(of: "unpacked/kernel-RX-51:2101,2102_1.0").count == 5120)
    var flipped = bytes
    flipped[flipped.count - 2000] ^= 1
    let bad = try folder.write(flipped, to: "bad")
    let hash = try BuiltProgram.run("image", "verify", bad)
    #expect(hash.status == 65 && hash.errors.contains("F10"))
    #expect(try BuiltProgram.run("image", "inspect", bad, "--no-verify").status == 0)
  }

  @Test func `padding behind the last image is odd when read, and an error when verified`() throws {
    let bytes = try folder.bytes(of: URL(fileURLWithPath: try firmware()).lastPathComponent)
    let padded = try folder.write(bytes + [0, 0, 0, 0], to: "padded")
    let inspected = try BuiltProgram.run("image", "inspect", padded)
    #expect(inspected.status == 0 && inspected.errors.contains("F04"))
    #expect(try BuiltProgram.run("image", "verify", padded).status == 65)
    #expect(try BuiltProgram.run("image", "repair", padded, "-o", folder.file("repaired")).status == 0)
    #expect(try folder.bytes(of: "repaired") == bytes)
  }

  @Test func `repair puts a checksum right, and a hash when told to`() throws {
    let bytes = try folder.bytes(of: URL(fileURLWithPath: try firmware()).lastPathComponent)
    var damaged = bytes
    let checksum = try kernelChecksumOffset()
    damaged[checksum] ^= 0x55
    let path = try folder.write(damaged, to: "damaged")
    #expect(try BuiltProgram.run("image", "verify", path).status == 65)
    #expect(try BuiltProgram.run("image", "repair", path, "-o", folder.file("repaired")).status == 0)
    #expect(try folder.bytes(of: "repaired") == bytes)
    damaged[checksum + 1] ^= 1
    _ = try folder.write(damaged, to: "damaged")
    #expect(try BuiltProgram.run("image", "repair", path, "-o", folder.file("second")).status == 65)
    #expect(!FileManager.default.fileExists(atPath: folder.file("second")))
    #expect(try BuiltProgram.run("image", "repair", path, "-o", folder.file("second"), "--fix-hashes").status == 0)
    #expect(try BuiltProgram.run("image", "verify", folder.file("second")).status == 0)
    #expect(try BuiltProgram.run("image", "repair", path, "-o", path, "--force").status == 64)
  }

  /// The byte before the data of the first image, which `inspect` locates.
  private func kernelChecksumOffset() throws -> Int {
    let outcome = try BuiltProgram.run("image", "inspect", folder.file("firmware"), "--json")
    let offset = outcome.events.first { $0["image"] as? Int == 1 }?["offset"] as? Int
    return try #require(offset) - 1
  }

  @Test func `a raw file whose content contradicts its type needs --force`() throws {
    _ = try firmware()
    let zImage = folder.file("zImage")
    let refused = try BuiltProgram.run("image", "create", "-o", folder.file("x"), "mmc=" + zImage)
    #expect(refused.status == 65 && refused.errors.contains("looks like kernel"))
    #expect(try BuiltProgram.run("image", "create", "-o", folder.file("x"), "mmc=" + zImage, "--force").status == 0)
    let detected = try BuiltProgram.run("image", "create", "-o", folder.file("y"), zImage)
    #expect(detected.status == 0)
    let unknown = try BuiltProgram.run("image", "create", "-o", folder.file("z"), folder.file("emmc.img"))
    #expect(unknown.status == 64 && unknown.errors.contains("TYPE="))
  }

  @Test func `missing and malformed files have statuses of their own`() throws {
    #expect(try BuiltProgram.run("image", "inspect", folder.file("none")).status == 66)
    #expect(
      try BuiltProgram.run("image", "create", "-o", folder.file("x"), "kernel=" + folder.file("none")).status == 66)
    let text = try folder.write(Array("hello".utf8), to: "text")
    let raw = try BuiltProgram.run("image", "inspect", text)
    #expect(raw.status == 0 && raw.output.contains("raw image"))
    for command in [["verify"], ["extract", "-d", folder.file("d")], ["repair", "-o", folder.file("o")]] {
      let output = Pipe()
      let errors = Pipe()
      let process = try BuiltProgram.start(["image"] + command + [text], output: output, errors: errors)
      let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      #expect(process.terminationStatus == 65)
      #expect(said.contains("F01"))
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("o")))
  }
}
