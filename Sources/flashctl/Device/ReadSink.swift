import FlashImages
import Glibc
import Synchronization
import SystemPackage

/// Where bytes from a device go: a file that appears when all of them are there, or standard output.
final class ReadSink: Sendable {
  private let file: (output: OutputFile, holes: HoleWriter)?
  private let count = Mutex<UInt64>(0)

  /// `-` is standard output.
  init(_ path: String) throws(ImageError) {
    guard path != "-" else {
      file = nil
      return
    }
    let output = try OutputFile.begin(at: path, replacing: true)
    file = (output: output, holes: HoleWriter(output))
  }

  var byteCount: UInt64 { count.withLock { $0 } }

  func append(_ buffer: UnsafeRawBufferPointer) throws {
    if let file { try unsafe file.holes.append(buffer) } else { try unsafe Self.writeOut(buffer) }
    count.withLock { $0 += UInt64(buffer.count) }
  }

  /// Gives the file its name.
  func finish() throws(ImageError) { try file?.output.commit() }

  private static func writeOut(_ buffer: UnsafeRawBufferPointer) throws {
    do {
      _ = try unsafe FileDescriptor.standardOutput.writeAll(buffer)
    } catch {
      throw Diagnostic.cannotWrite("standard output", error as? Errno ?? .ioError)
    }
  }
}
