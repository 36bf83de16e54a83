import Foundation
import Testing

/// The built `flashctl`, run as a user runs it.
struct BuiltProgram {
  struct Outcome {
    var status: Int32
    var output: String
    var errors: String

    /// The JSON lines of standard output.
    var events: [[String: Any]] {
      output.split(separator: "\n").compactMap {
        try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }
    }

    func event(_ name: String) -> [String: Any]? { events.last { $0["event"] as? String == name } }
  }

  /// The program that FLASHCTL names, as `make test` does with the release build, else the one beside the test bundle, wherever
  /// SwiftPM has put that.
  static let path: String = {
    if let named = ProcessInfo.processInfo.environment["FLASHCTL"], !named.isEmpty { return named }
    let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
    var folder = URL(fileURLWithPath: bundle)
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let program = folder.appendingPathComponent("flashctl").path
      if FileManager.default.isExecutableFile(atPath: program) { return program }
    }
    return "flashctl"
  }()

  static func start(
    _ arguments: [String], environment: [String: String] = [:], output: Pipe, errors: Pipe
  ) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    var variables = ProcessInfo.processInfo.environment
    variables["FLASHCTL_DEVICE"] = nil
    process.environment = variables.merging(environment) { $1 }
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Runs to the end and returns everything it wrote.
  static func run(_ arguments: String..., environment: [String: String] = [:]) throws -> Outcome {
    try run(arguments, environment: environment)
  }

  static func run(_ arguments: [String], environment: [String: String] = [:]) throws -> Outcome {
    let output = Pipe()
    let errors = Pipe()
    let process = try start(arguments, environment: environment, output: output, errors: errors)
    let collected = Collected()
    let reader = Thread {
      collected.errors = errors.fileHandleForReading.readDataToEndOfFile(); collected.done.signal()
    }
    reader.start()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    collected.done.wait()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: data, as: UTF8.self),
      errors: String(decoding: collected.errors, as: UTF8.self))
  }

  private final class Collected: @unchecked Sendable {
    /// Written by the reader before it signals, read after the wait.
    var errors = Data()
    let done = DispatchSemaphore(value: 0)
  }
}

/// A folder that goes away with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "flashctl-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ bytes: [UInt8], to name: String) throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
    return file(name)
  }

  func bytes(of name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: file(name)))) }
}

/// Bytes that repeat for a seed and look like nothing.
func noise(_ count: Int, seed: UInt64) -> [UInt8] {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  return (0..<count).map { _ in
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return UInt8(truncatingIfNeeded: state >> 24)
  }
}
