import Digests
import FlashImages
import Synchronization

/// A file that is being written and its digest.
final class BackupSink: Sendable {
  private let file: OutputFile
  private let holes: HoleWriter
  private let hash = Mutex(SHA256Digest())

  init(_ file: OutputFile) {
    self.file = file
    holes = HoleWriter(file)
  }

  var byteCount: UInt64 { file.byteCount }
  var digest: SHA256Digest { hash.withLock { $0 } }

  func append(_ buffer: UnsafeRawBufferPointer) throws {
    try unsafe holes.append(buffer)
    hash.withLock { unsafe $0.update(buffer) }
  }
}
