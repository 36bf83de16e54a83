import Foundation
import Testing

/// A simulated device, by default a phone with six LUNs, whose storage is a folder of its own, and the built program.
struct Phone {
  let folder: TemporaryFolder
  let storage: String
  let model: String

  init(model: String = "sdm845-ufs") throws {
    self.model = model
    folder = try TemporaryFolder()
    storage = folder.file("storage")
    _ = try folder.write(LoaderSample.elf, to: "prog.elf")
  }

  /// Runs with the phone attached; `knobs` are more of its selector.
  func run(_ arguments: String..., knobs: String = "") throws -> BuiltProgram.Outcome {
    try run(arguments, knobs: knobs)
  }

  func run(_ arguments: [String], knobs: String = "") throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(
      arguments + [
        "--device", "sim:\(model),clock=virtual,storage=" + storage + knobs, "--loader", folder.file("prog.elf"),
        "--json",
      ], environment: ["XDG_STATE_HOME": folder.file("state")])
  }

  func stored(_ lun: Int, at offset: Int, count: Int) throws -> [UInt8] {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: storage + "/lun\(lun).img"))
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(offset))
    return [UInt8](try file.read(upToCount: count) ?? Data())
  }

  /// The SHA-256 of a whole section, by somebody else's program.
  func fingerprint(_ lun: Int) throws -> String {
    try SHA256Sum.of(storage + "/lun\(lun).img")
  }

  var journals: [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.file("state/flashctl/journal"))) ?? []
  }

  /// Where a partition lies, as the device's own table says.
  func place(_ name: String) throws -> (lun: Int, start: Int, bytes: Int) {
    let events = try run("partitions").events
    let partition = try #require(events.first { $0["name"] as? String == name })
    return (
      try #require((partition["section"] as? String).flatMap { Int($0) }), try #require(partition["start"] as? Int),
      try #require(partition["bytes"] as? Int)
    )
  }
}
