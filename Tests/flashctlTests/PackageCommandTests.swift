import Foundation
import Testing

@Suite struct `Packages, with the built program` {
  private let phone: Phone

  init() throws { phone = try Phone() }

  /// A descriptor of `program` entries in a folder of its own.
  private func package(_ entries: String...) throws -> String {
    let path = phone.folder.file("p")
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    _ = try phone.folder.write(
      Array(("<data>\n" + entries.joined(separator: "\n") + "\n</data>\n").utf8), to: "p/rawprogram0.xml")
    return path
  }

  private func program(
    _ label: String, _ file: String, start: String, count: Int, section: Int = 0, size: Int = 4096, _ more: String = ""
  ) -> String {
    "<program SECTOR_SIZE_IN_BYTES=\"\(size)\" physical_partition_number=\"\(section)\" filename=\"\(file)\" "
      + "label=\"\(label)\" num_partition_sectors=\"\(count)\" start_sector=\"\(start)\" \(more)/>"
  }

  @Test func `unpacks what a package names, and says so in the plan`() throws {
    let image = noise(300_001, seed: 20)
    _ = try package(program("modem_a", "modem.img.gz", start: "1000", count: 100))
    let plain = try phone.folder.write(image, to: "p/modem.img")
    #expect(try run("/usr/bin/gzip", "-n", plain) == 0)
    let path = phone.folder.file("p")
    let outcome = try phone.run("flash", path, "--no-reboot", "--verify", "--allow-protected")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let steps = try #require(outcome.event("plan")?["steps"] as? [[String: Any]])
    #expect((steps[0]["attributes"] as? [String: Any])?["compression"] as? String == "gzip")
    #expect(try phone.stored(0, at: 1000 * 4096, count: image.count) == image)
    let verified = try phone.run("verify", path)
    #expect(verified.status == 0, "\(verified.errors)")
  }

  @Test func `refuses what the storage does not have, with file, line and label`() throws {
    _ = try package()
    _ = try phone.folder.write(noise(5000, seed: 21), to: "p/a.img")
    let far = program("far", "a.img", start: "900000000", count: 8)
    let cases: [(entry: String, place: String, code: String)] = [
      (program("lost", "a.img", start: "6", count: 8, section: 40), ":3: lost: ", "storage.no-section"),
      (far, ":3: far: ", "plan.does-not-fit"),
      (program("early", "a.img", start: "NUM_DISK_SECTORS-900000000.", count: 8), ":3: early: ", "storage.outside"),
      (program("small", "a.img", start: "6", count: 16, size: 512), ":3: small: ", "plan.sector-size"),
    ]
    for (entry, place, code) in cases {
      let path = try package("<!-- -->", entry)
      let outcome = try phone.run("flash", path)
      #expect(outcome.status == 65, "\(entry): \(outcome.errors)")
      let error = try #require(outcome.event("error"))
      #expect(error["code"] as? String == code)
      #expect((error["message"] as? String)?.contains("rawprogram0.xml" + place) == true, "\(error)")
    }
  }

  @Test func `refuses a wrong package before the device is opened`() throws {
    let path = try package(program("x", "a.img", start: "6", count: 1))
    _ = try phone.folder.write(noise(5000, seed: 22), to: "p/a.img")
    for command in ["flash", "verify"] {
      let outcome = try phone.run(command, path)
      #expect(outcome.status == 65 && outcome.event("error")?["code"] as? String == "plan.file-too-large")
      #expect(outcome.event("device") == nil)
    }
    // Nothing answers there: the package is what is complained about.
    let nowhere = try BuiltProgram.run("flash", path, "--device", "tcp:127.0.0.1:1", "--loader", "none", "--json")
    #expect(nowhere.event("error")?["code"] as? String == "plan.file-too-large", "\(nowhere.output)")
    let digest = String(repeating: "0", count: 64)
    let other = try package(program("x", "a.img", start: "6", count: 8, "Sha256='\(digest)'"))
    let wrong = try phone.run("flash", other)
    #expect(wrong.event("error")?["code"] as? String == "plan.file-digest" && wrong.event("device") == nil)
    #expect(!FileManager.default.fileExists(atPath: phone.storage + "/lun0.img"))
  }

  @Test func `takes the user's word for sizes that no device tells`() throws {
    let image = noise(4096, seed: 23)
    let path = try package(program("end", "a.img", start: "NUM_DISK_SECTORS-8.", count: 8))
    _ = try phone.folder.write(image, to: "p/a.img")
    // A device without getstorageinfo whose table is gone knows no size.
    #expect(try phone.run("partitions").status == 0)
    let lun = phone.storage + "/lun0.img"
    let file = try #require(FileHandle(forUpdatingAtPath: lun))
    let size = try file.seekToEnd()
    try file.seek(toOffset: 4096)
    try file.write(contentsOf: Data(count: 4096))
    try file.close()
    let knobs = ",storage-info=nak"
    let blind = try phone.run("flash", path, "--no-reboot", knobs: knobs)
    #expect(blind.status == 64 && blind.event("error")?["code"] as? String == "storage.size-unknown", "\(blind.errors)")
    #expect((blind.event("error")?["remedy"] as? String)?.contains("--disk-sectors 0=") == true)
    let told = try phone.run("flash", path, "--no-reboot", "--disk-sectors", "0=\(size / 4096)", knobs: knobs)
    #expect(told.status == 0, "\(told.errors)")
    #expect(try phone.stored(0, at: Int(size) - 8 * 4096, count: 4096) == image)
  }

  private func run(_ program: String, _ arguments: String...) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
