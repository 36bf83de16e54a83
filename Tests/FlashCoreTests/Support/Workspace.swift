import FlashCore
import FlashImages
import Glibc

/// A folder of its own for the files of a test, gone when the test is over.
final class Workspace: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/flashctl-core-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { buffer in
      guard let name = buffer.baseAddress, mkdtemp(name) != nil else { return "/nonexistent" }
      return String(cString: name)
    }
  }

  deinit {
    for name in names(path + "/journal") { unlink(path + "/journal/" + name) }
    rmdir(path + "/journal")
    for name in names(path) { unlink(path + "/" + name) }
    rmdir(path)
  }

  func names(_ folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  @discardableResult func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = try OutputFile.begin(at: path + "/" + name, replacing: true)
    try file.append(bytes)
    try file.commit()
    return path + "/" + name
  }

  /// A write of a whole new file to a section, from byte `start` on.
  func write(
    _ name: String, _ bytes: [UInt8], to section: String = "0", at start: UInt64 = 0, room: UInt64? = nil
  ) throws -> FlashPlan.Step {
    .write(
      FlashPlan.Write(
        name: name, extent: PlanExtent(section: section, start: .fromStart(start), length: room),
        image: ImageReference(path: try file(name, bytes), offset: 0, length: UInt64(bytes.count)),
        byteCount: UInt64(bytes.count)))
  }

  func plan(_ steps: [FlashPlan.Step]) -> FlashPlan {
    FlashPlan(family: "memory", descriptors: [path], steps: steps + [.reboot(.system)])
  }

  var journal: PlanJournal.Place { PlanJournal.Place(folder: path + "/journal", device: "0042") }
  var journals: [String] { names(path + "/journal") }
}

/// Bytes that repeat nowhere near, the same for the same seed.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<(count + 7) / 8).flatMap { _ -> [UInt8] in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return withUnsafeBytes(of: state) { Array($0) }
  }.prefix(count).map { $0 }
}

/// Large arrays, compared as memory.
func isEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
  one.count == other.count
    && one.withUnsafeBytes { first in
      other.withUnsafeBytes { second in
        guard let one = first.baseAddress, let other = second.baseAddress else { return first.isEmpty }
        return memcmp(one, other, first.count) == 0
      }
    }
}
