import FlashCore
import FlashImages
import Glibc
import SystemPackage
import WireFormat

/// Images that come through a pipe: `-` in the place of a file's name.
///
/// What is planned, checked, compared and sent is read several times, so the bytes are stored first: in a temporary file
/// without a name, which takes the pipe's place as descriptor 0 and is opened again by its path there. A file that standard
/// input was redirected from is used as it is.
enum StandardInput {
  /// What users write.
  static let mark = "-"
  /// What opens it again, and what messages call it.
  static let path = "/dev/stdin"

  /// Refuses what cannot be: two images from one pipe, or a terminal.
  static func check(_ paths: [String]) throws {
    let count = paths.count { $0 == mark }
    guard count > 0 else { return }
    guard count == 1 else {
      throw Diagnostic.usage(
        "standard input is one image, and is named \(count) times", remedy: "give the others as files")
    }
    guard isatty(STDIN_FILENO) == 0 else {
      throw Diagnostic.usage(
        "standard input is a terminal, and an image is to come from it",
        remedy: "pipe the image in: `xzcat boot.img.xz | flashctl write boot_a -`")
    }
  }

  /// Stores the bytes of the pair that is meant, and gives it the path where they are.
  static func take(into request: inout PlanRequest, watch: SilenceWatch? = nil) async throws {
    guard let index = request.pairs.firstIndex(where: { $0.path == mark }) else { return }
    let pair = request.pairs[index]
    request.pairs[index].path = try await file(for: pair.region, room: pair.room, watch: watch)
  }

  /// The path of a file with the bytes. More than `room` is refused as soon as it has come; what is compressed or sparse
  /// may be longer than what it stands for, by little.
  static func file(for region: String, room: UInt64?, watch: SilenceWatch? = nil) async throws -> String {
    if lseek(STDIN_FILENO, 0, SEEK_CUR) == 0, (try? RegularFile(path: path)) != nil { return path }
    watch?.waits(for: .input(from: "standard input"))
    let spool = try Spool()
    try await spool.fill(for: region, room: room)
    guard dup2(spool.descriptor.rawValue, STDIN_FILENO) >= 0 else {
      throw Diagnostic.cannotWrite(spool.folder, Errno(rawValue: errno))
    }
    return path
  }

  /// A temporary file without a name.
  private final class Spool: Sendable {
    let folder: String
    let descriptor: FileDescriptor

    init() throws {
      let wanted = Environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil }
      folder = wanted ?? (FlashInputs.exists("/var/tmp") ? "/var/tmp" : "/tmp")
      let name = folder + "/flashctl-" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
      let number = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard number >= 0 else { throw Diagnostic.cannotWrite(folder, Errno(rawValue: errno)) }
      _ = unsafe unlink(name)
      descriptor = FileDescriptor(rawValue: number)
    }

    deinit { try? descriptor.close() }

    /// Leaves room on the disk: 1 GiB, or half of what is free where there is little.
    private var spaceLimit: UInt64 {
      var status = statvfs()
      guard unsafe fstatvfs(descriptor.rawValue, &status) == 0 else { return .max }
      let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
      guard !free.overflow else { return .max }
      return free.partialValue > 2 << 30 ? free.partialValue - (1 << 30) : free.partialValue / 2
    }

    func fill(for region: String, room: UInt64?) async throws {
      let space = spaceLimit
      var limit = room ?? .max
      var count: UInt64 = 0
      defer {
        ImageWork.observer?(ImageWork(kind: .reading, path: StandardInput.path, byteCount: count, isFinished: true))
      }
      while let piece = try await next() {
        if count == 0, let room, Self.isWrapped(piece) { limit = room + room / 16 + (1 << 20) }
        count += UInt64(piece.count)
        guard count <= limit else { throw Diagnostic.tooMuchInput(region, room: room ?? 0) }
        guard count <= space else { throw Diagnostic.noRoomForInput(folder) }
        do { _ = try descriptor.writeAll(piece) } catch {
          throw Diagnostic.cannotWrite(folder, error as? Errno ?? .ioError)
        }
        ImageWork.observer?(ImageWork(kind: .reading, path: StandardInput.path, byteCount: count))
      }
    }

    /// Whether the bytes stand for others.
    private static func isWrapped(_ start: [UInt8]) -> Bool {
      let sample = Array(start.prefix(64))
      return CompressionFormat.detect(sample.rawSpan) != nil || SparseHeader.isSparse(sample.rawSpan)
    }

    /// The next bytes; `nil` at the end. A pipe that nobody writes to is waited for until the task is cancelled.
    private func next() async throws -> [UInt8]? {
      while true {
        try Task.checkCancellation()
        var request = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        // A signal ends the look as well: reading would wait on.
        guard unsafe poll(&request, 1, 100) > 0 else {
          await Task.yield()
          continue
        }
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        let (count, code) = unsafe piece.withUnsafeMutableBytes { buffer in
          let count = unsafe read(STDIN_FILENO, buffer.baseAddress, buffer.count)
          return (count, errno)
        }
        guard count < 0 else { return count == 0 ? nil : Array(piece[..<count]) }
        guard code == EINTR || code == EAGAIN else {
          throw ImageError.system(operation: "read", path: StandardInput.path, errno: code)
        }
      }
    }
  }
}

extension Diagnostic {
  fileprivate static func tooMuchInput(_ region: String, room: UInt64) -> Diagnostic {
    Diagnostic(
      code: "plan.does-not-fit",
      message: "\(region): standard input has more bytes than the \(room) that there is room for",
      remedy: "check that it is the right file for this device (`flashctl partitions`)", exitStatus: .badData)
  }

  fileprivate static func noRoomForInput(_ folder: String) -> Diagnostic {
    Diagnostic(
      code: "file.system", message: "\(folder): no room to store what comes from standard input",
      remedy: "name a folder with more room in TMPDIR, or give the image as a file", exitStatus: .transferFailed)
  }
}
