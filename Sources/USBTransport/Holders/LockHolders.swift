import Glibc

/// Who holds a file lock, from the kernel's list of locks or, where that shows nothing, from open files.
struct LockHolders {
  let paths: SystemPaths

  /// `flashctl (pid 1234)`; nothing when the holder cannot be seen (another container's, say).
  func names(of path: String, descriptor: Int32) -> [String] {
    let files = OpenFiles(proc: paths.proc)
    let listed = processIDs(descriptor: descriptor)
    if !listed.isEmpty { return listed.map { "\(files.command($0)) (pid \($0))" } }
    return files.holders(of: [path]).names
  }

  /// Lines of `/proc/locks` look like `1: FLOCK  ADVISORY  WRITE 1234 00:2d:5678 0 EOF`: the process, then device and
  /// inode. Device numbers differ from `stat`'s on some file systems; there the inode has to do.
  private func processIDs(descriptor: Int32) -> [Int32] {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return [] }
    let text = SmallFile.text(at: paths.proc + "/locks", limit: 1 << 20) ?? ""
    let locks = text.split(separator: "\n").compactMap { Lock(line: $0) }.filter { $0.inode == UInt64(status.st_ino) }
    let exact = locks.filter { $0.device == UInt64(status.st_dev) }
    return (exact.isEmpty ? locks : exact).map(\.processID)
  }

  private struct Lock {
    var processID: Int32
    var device: UInt64
    var inode: UInt64

    init?(line: Substring) {
      let fields = line.split(separator: " ")
      guard fields.count >= 6, fields[1] == "FLOCK", let processID = Int32(fields[4]), processID > 0 else { return nil }
      let file = fields[5].split(separator: ":")
      guard file.count == 3, let major = UInt32(file[0], radix: 16), let minor = UInt32(file[1], radix: 16),
        let inode = UInt64(file[2])
      else { return nil }
      self.processID = processID
      self.inode = inode
      device = Self.deviceNumber(major: UInt64(major), minor: UInt64(minor))
    }

    /// How Linux packs both parts into `st_dev`; the C library's `makedev` is a macro.
    private static func deviceNumber(major: UInt64, minor: UInt64) -> UInt64 {
      (major & 0xFFF) << 8 | (major & ~0xFFF) << 32 | (minor & 0xFF) | (minor & ~0xFF) << 12
    }
  }
}
