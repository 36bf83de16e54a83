import Foundation
import Testing

/// A simulated MediaTek phone whose storage is a folder, its fixtures, and the built program.
struct MediaTekPhone {
  let folder: TemporaryFolder
  let model: String
  private let knobs: String

  /// `emptyByteCount` makes it a phone whose user section is of that size, and empty.
  init(_ model: String = "mt6765", knobs: String = "", emptyByteCount: Int? = nil) throws {
    self.model = model
    self.knobs = knobs + (emptyByteCount.map { ",user-size=\($0)" } ?? "")
    folder = try TemporaryFolder()
    if let emptyByteCount {
      try FileManager.default.createDirectory(atPath: folder.file("storage"), withIntermediateDirectories: true)
      let user = folder.file("storage/user.img")
      _ = FileManager.default.createFile(atPath: user, contents: nil)
      try FileHandle(forWritingTo: URL(fileURLWithPath: user)).truncate(atOffset: UInt64(emptyByteCount))
    }
    let written = try BuiltProgram.run("simulate", model, "--write-fixtures", folder.file("fixtures"))
    try #require(written.status == 0, "\(written.errors)")
  }

  var package: String { folder.file("fixtures/package") }
  var storage: String { folder.file("storage") }
  var agent: String { folder.file("fixtures/DA.bin") }
  var preloader: String { folder.file("fixtures/preloader.bin") }
  var environment: [String: String] { ["XDG_STATE_HOME": folder.file("state")] }
  var isUFS: Bool { model == "mt6785" || model == "mt6893" }
  var userFile: String { isUFS ? "lun2" : "user" }

  func run(_ arguments: String..., knobs more: String = "", withAgent: Bool = true) throws -> BuiltProgram.Outcome {
    try run(arguments, knobs: more, withAgent: withAgent)
  }

  func run(_ arguments: [String], knobs more: String = "", withAgent: Bool = true) throws -> BuiltProgram.Outcome {
    try BuiltProgram.run(
      arguments + ["--device", "sim:\(model),clock=virtual,storage=" + storage + knobs + more, "--json"]
        + (withAgent ? ["--loader", agent] : []) + ["--preloader", preloader], environment: environment)
  }

  func stored(_ section: String, at offset: Int, count: Int) throws -> [UInt8] {
    let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: storage + "/\(section).img"))
    defer { try? file.close() }
    try file.seek(toOffset: UInt64(offset))
    return [UInt8](try file.read(upToCount: count) ?? Data())
  }

  /// Where a partition lies, as the device's own table says.
  func place(_ name: String) throws -> (start: Int, bytes: Int) {
    let events = try run("partitions").events
    let partition = try #require(events.first { $0["name"] as? String == name })
    return (try #require(partition["start"] as? Int), try #require(partition["bytes"] as? Int))
  }

  /// The scatter file's text, changed; returns its path.
  func rewrite(_ change: (inout String) -> Void) throws -> String {
    let names = try FileManager.default.contentsOfDirectory(atPath: package)
    let name = try #require(names.first { $0.hasSuffix("_scatter.txt") })
    var text = String(decoding: try folder.bytes(of: "fixtures/package/" + name), as: UTF8.self)
    change(&text)
    return try folder.write(Array(text.utf8), to: "fixtures/package/" + name)
  }
}
