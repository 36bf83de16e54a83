import FlashCore
import Synchronization

/// Shows a backup as it goes.
final class BackupReporter: Sendable {
  private let console: Console
  private let progress = Mutex<FileProgress?>(nil)

  init(console: Console) { self.console = console }

  func handle(_ event: StorageBackup.Event) {
    switch event {
    case .planned(let files, let bytes):
      console.event("run", ["files": .integer(Int64(files)), "bytes": .unsigned(bytes)])
      console.info("reading \(files) files, \(Units.bytes(bytes))")
    case .reading(let name, let bytes):
      console.event("fileStarted", ["file": .string(name), "bytes": .unsigned(bytes)])
      let next = FileProgress(name, total: bytes, console: console)
      progress.withLock { $0 = next }
    case .progressed(let bytes): progress.withLock { $0 }?.advance(to: bytes)
    case .finished(let name, let bytes, let sha256):
      console.status(nil)
      console.event(
        "fileFinished", ["file": .string(name), "bytes": .unsigned(bytes), "sha256": .string(sha256)])
      console.info("\(name): \(Units.bytes(bytes))")
    }
  }
}
