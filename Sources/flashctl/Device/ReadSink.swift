import FlashImages
import Glibc
import Synchronization
import SystemPackage

/// Where bytes from a device go: a file that appears when all of them are there, or standard output.
final class ReadSink: Sendable {
  /// In what form they are written.
  enum Form: Sendable {
    /// As they are, with holes where they are zero.
    case plain
    case sparse(SparseEncoder)
    case compressed(CompressedOutput.Format)
  }

  private enum Writer: Sendable {
    case standardOutput
    case plain(HoleWriter)
    case sparse(SparseOutput)
    case compressed(CompressedOutput)
  }

  private let file: OutputFile?
  private let writer: Writer
  private let count = Mutex<UInt64>(0)

  /// `-` is standard output, which is plain whatever `form` says.
  init(_ path: String, _ form: Form = .plain) throws(ImageError) {
    guard path != "-" else {
      (file, writer) = (nil, .standardOutput)
      return
    }
    let output = try OutputFile.begin(at: path, replacing: true)
    file = output
    switch form {
    case .plain: writer = .plain(HoleWriter(output))
    case .sparse(let encoder): writer = .sparse(try SparseOutput(output, encoder))
    case .compressed(let format): writer = .compressed(try CompressedOutput(output, format))
    }
  }

  /// Goes on with what an earlier run left of the file in `PATH.part`, which stays when this one is cut off too: as it is, with
  /// holes.
  init(resuming path: String) throws(ImageError) {
    let output = try OutputFile.resume(at: path)
    file = output
    writer = .plain(HoleWriter(output))
    count.withLock { $0 = output.byteCount }
  }

  /// Bytes of the file that are there already.
  func kept(at offset: UInt64, count: Int) throws(ImageError) -> [UInt8] {
    try file?.bytes(at: offset, count: count) ?? []
  }

  /// Forgets what is there behind `byteCount` bytes.
  func truncate(to byteCount: UInt64) throws(ImageError) {
    try file?.truncate(to: byteCount)
    count.withLock { $0 = min($0, byteCount) }
  }

  /// Zeros in the place of bytes that could not be read.
  func skip(_ byteCount: UInt64) throws {
    let zeros = [UInt8](repeating: 0, count: 64 << 10)
    var left = byteCount
    while left > 0 {
      let piece = Int(min(left, UInt64(zeros.count)))
      try unsafe zeros.withUnsafeBytes { buffer in
        try unsafe append(UnsafeRawBufferPointer(rebasing: buffer[..<piece]))
      }
      left -= UInt64(piece)
    }
  }

  /// Bytes that came.
  var byteCount: UInt64 { count.withLock { $0 } }
  /// Bytes that the file has; as many as came on standard output.
  var writtenByteCount: UInt64 { file?.byteCount ?? byteCount }

  func append(_ buffer: UnsafeRawBufferPointer) throws {
    switch writer {
    case .standardOutput: try unsafe Self.writeOut(buffer)
    case .plain(let holes): try unsafe holes.append(buffer)
    case .sparse(let sparse): try unsafe sparse.append(buffer)
    case .compressed(let compressed): try unsafe compressed.append(buffer)
    }
    count.withLock { $0 += UInt64(buffer.count) }
  }

  /// Writes what is left, and gives the file its name.
  func finish() throws(ImageError) {
    switch writer {
    case .standardOutput, .plain: break
    case .sparse(let sparse): try sparse.finish()
    case .compressed(let compressed): try compressed.finish()
    }
    try file?.commit()
  }

  private static func writeOut(_ buffer: UnsafeRawBufferPointer) throws {
    do {
      _ = try unsafe FileDescriptor.standardOutput.writeAll(buffer)
    } catch {
      throw Diagnostic.cannotWrite("standard output", error as? Errno ?? .ioError)
    }
  }
}
