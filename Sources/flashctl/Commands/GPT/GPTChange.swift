import FlashCore
import FlashImages

/// What commands share that write to a table, in a file or on a device.
struct GPTChange {
  let file: String?
  let access: GPTDeviceAccess
  let sectorSize: Int?
  let isDryRun: Bool
  let running: RunOptions
  let console: Console

  /// Reads the table, makes writes of it with `body`, which gets what to call it by, and writes them unless it is a dry
  /// run. `name` is the command's, `done` what has been done.
  func run(
    _ name: String, _ done: String, _ body: @Sendable (GPTDisk, String) throws -> [GPTWrite]
  ) async throws {
    if let file {
      try change(file, done, body)
    } else {
      try await access.change(name, isDryRun: isDryRun, running: running) { place, disk in
        try body(try disk.get(), place.name)
      }
    }
  }

  private func change(
    _ file: String, _ done: String, _ body: (GPTDisk, String) throws -> [GPTWrite]
  ) throws {
    let open = try EditableFile(path: file)
    let disk = try GPTDisk(reading: open, sectorByteCount: sectorSize)
    try Self.apply(
      done, try body(disk, file), to: open, named: file, sectorByteCount: disk.sectorByteCount, isDryRun: isDryRun,
      console)
  }

  /// Writes to a file.
  static func apply(
    _ done: String, _ writes: [GPTWrite], to file: EditableFile, named path: String, sectorByteCount: Int,
    isDryRun: Bool, _ console: Console
  ) throws {
    for write in writes {
      console.event(
        "write",
        [
          "part": .string(write.part.rawValue), "sector": .unsigned(write.lba),
          "bytes": .integer(Int64(write.bytes.count)),
        ])
      let line = "\(write.part.rawValue): \(write.bytes.count) bytes at sector \(write.lba)"
      if isDryRun { console.result("would write " + line) } else { console.debug("writing " + line) }
    }
    if !isDryRun { try GPTEditor.apply(writes, to: file, sectorByteCount: sectorByteCount) }
    if writes.isEmpty {
      console.result("\(path): nothing to do")
    } else if !isDryRun {
      console.result("\(path): \(done), both copies read again and right")
    }
    console.event(
      "result",
      [
        "status": isDryRun ? "planned" : "done", "file": .string(path), "writes": .integer(Int64(writes.count)),
      ])
  }
}
