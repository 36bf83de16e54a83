import Foundation
import Testing

@Suite struct `Flashing with the built program` {
  @Test func `puts exactly the file's bytes, padded, into the storage`() throws {
    let folder = try TemporaryFolder()
    let image = noise(2_500_001, seed: 7)
    let path = try folder.write(image, to: "emmc.img")
    let storage = folder.file("storage")
    let outcome = try BuiltProgram.run(
      "flash", "mmc=" + path, "--device", "sim:rx51,clock=virtual,storage=" + storage, "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let stored = try folder.bytes(of: "storage/mmc.bin")
    #expect(stored.count == 2_500_096)
    #expect(Array(stored.prefix(image.count)) == image)
    #expect(stored.dropFirst(image.count).allSatisfy { $0 == 0xFF })
    let result = try #require(outcome.event("result"))
    #expect(result["status"] as? String == "done")
    #expect((result["extents"] as? [[String: Any]])?.first?["verified"] as? String == "acknowledged")
    #expect(outcome.events.first?["event"] as? String == "start")
    #expect(outcome.events.first?["schema"] as? Int == 1)
  }

  @Test func `standard output carries nothing but JSON lines with --json, and results otherwise`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(noise(1000, seed: 1), to: "emmc.img")
    let json = try BuiltProgram.run("flash", "mmc=" + path, "--device", "sim:rx51,clock=virtual", "--json")
    #expect(json.events.count == json.output.split(separator: "\n").count)
    let plain = try BuiltProgram.run("flash", "mmc=" + path, "--device", "sim:rx51,clock=virtual")
    #expect(plain.output.hasPrefix("done: 1 image"))
    #expect(plain.output.split(separator: "\n").count == 1)
    let quiet = try BuiltProgram.run("flash", "mmc=" + path, "--device", "sim:rx51,clock=virtual", "--quiet")
    #expect(quiet.errors.isEmpty)
  }

  @Test func `a dry run for a named model needs no device and writes nothing`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(noise(5000, seed: 2), to: "emmc.img")
    let outcome = try BuiltProgram.run(
      "flash", "mmc=" + path, "--dry-run", "--model", "RX-51", "--hw-revision", "2101", "--json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let steps = try #require(outcome.event("plan")?["steps"] as? [[String: Any]])
    #expect(steps.map { $0["action"] as? String } == ["write", "reboot"])
    #expect(steps[0]["bytes"] as? Int == 5120)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["emmc.img"])
  }

  @Test func `a wrong transfer is never called success`() throws {
    let folder = try TemporaryFolder()
    let image = noise(3_000_000, seed: 3)
    let path = try folder.write(image, to: "emmc.img")
    let outcome = try BuiltProgram.run(
      "flash", "mmc=" + path, "--device",
      "sim:rx51,clock=virtual,fault=corrupt@byte:1500000,storage=" + folder.file("storage"))
    #expect(outcome.status == 76)
    #expect(outcome.errors.contains("0A"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("storage/mmc.bin")))
  }

  @Test func `--trace shows every message as the specification writes it`() throws {
    let outcome = try BuiltProgram.run("info", "--device", "sim:rx51,clock=virtual", "--trace")
    #expect(outcome.errors.contains("> 1B 00 10 88 00 04 00 00 00 00\n"))
    #expect(outcome.errors.contains("< 1B 10 00 88 00 04 00 00 00 20\n"))
    #expect(outcome.errors.contains("< 1B 10 00 88 00 0A 00 00 03 21 00 52 58 2D 35 31\n"))
  }

  @Test func `FLASHCTL_DEVICE chooses the device`() throws {
    let outcome = try BuiltProgram.run("info", environment: ["FLASHCTL_DEVICE": "sim:rx51,clock=virtual"])
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("RX-51"))
  }

  @Test func `a dry run without a device finds a damaged image`() throws {
    let folder = try TemporaryFolder()
    let image = try folder.write(noise(5000, seed: 4), to: "emmc.img")
    let firmware = folder.file("a.fiasco")
    #expect(try BuiltProgram.run("image", "create", "-o", firmware, "mmc=" + image).status == 0)
    #expect(try BuiltProgram.run("flash", firmware, "--dry-run", "--model", "RX-51").status == 0)
    var bytes = try folder.bytes(of: "a.fiasco")
    bytes[bytes.count - 200] ^= 1
    let damaged = try folder.write(bytes, to: "b.fiasco")
    let outcome = try BuiltProgram.run("flash", damaged, "--dry-run", "--model", "RX-51")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("hash"))
  }

  @Test func `inspect --sha256 shows what sha256sum says of the extracted image`() throws {
    let folder = try TemporaryFolder()
    let image = try folder.write(noise(3_000_000, seed: 5), to: "emmc.img")
    let firmware = folder.file("a.fiasco")
    #expect(try BuiltProgram.run("image", "create", "-o", firmware, "mmc=" + image).status == 0)
    #expect(try BuiltProgram.run("image", "extract", firmware, "-d", folder.file("out")).status == 0)
    let outcome = try BuiltProgram.run("image", "inspect", firmware, "--sha256", "--json")
    #expect(try outcome.event("image")?["sha256"] as? String == SHA256Sum.of(folder.file("out/mmc")))
  }
}
