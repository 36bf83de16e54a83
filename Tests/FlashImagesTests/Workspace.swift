import FlashImages
import Foundation

/// A folder that goes away with the test.
final class Workspace {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("images-" + UUID().uuidString).path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { path + "/" + name }

  @discardableResult func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path(name)))) }

  /// The names in the folder, hidden ones included.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted() }

  /// Runs a tool that nobody here wrote; `nil` when the machine does not have it.
  func run(_ tool: String, _ arguments: String...) throws -> (status: Int32, output: String)? {
    try run(tool, arguments)
  }

  func run(_ tool: String, _ arguments: [String]) throws -> (status: Int32, output: String)? {
    let folders = ["/usr/bin/", "/usr/sbin/", "/bin/", "/sbin/"]
    guard let found = folders.map({ $0 + tool }).first(where: FileManager.default.isExecutableFile) else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: found)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }
}

/// Bytes that repeat for a seed and look like nothing.
func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 8)
  while bytes.count < count {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    withUnsafeBytes(of: state) { bytes.append(contentsOf: $0) }
  }
  return Array(bytes.prefix(count))
}

/// All bytes of an image, skips as zeros.
func expand(_ image: any ImageSource, pieceByteCount: Int = 5000) throws -> [UInt8] {
  let stream = try ImageStream(image)
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: pieceByteCount)
  while true {
    let count = try buffer.withUnsafeMutableBytes { try stream.read(into: $0) }
    bytes += buffer[..<count]
    if count < pieceByteCount { return bytes }
  }
}

/// The extents of an image, none of whose data is read.
func extents(of image: any ImageSource) throws -> [ImageExtent] {
  let reader = try image.open()
  var all: [ImageExtent] = []
  while let extent = try reader.next() { all.append(extent) }
  return all
}
