import Foundation

/// What `sha256sum` says of a file.
enum SHA256Sum {
  static func of(_ path: String) throws -> String {
    let sum = Process()
    sum.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    sum.arguments = [path]
    let output = Pipe()
    sum.standardOutput = output
    try sum.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    sum.waitUntilExit()
    return String(text.prefix(64))
  }
}
