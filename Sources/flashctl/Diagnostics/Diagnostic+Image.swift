import FlashImages
import SystemPackage

extension Diagnostic {
  /// A file that could not be used.
  init(_ error: ImageError) {
    switch error {
    case .missing(let path):
      self.init(
        code: "file.missing", message: "\(path): no such file", remedy: "check the path", exitStatus: .missingInput)
    case .notAFile(let path):
      self.init(
        code: "file.not-a-file", message: "\(path): not a regular file",
        remedy: "name an ordinary file: pipes and device nodes are not taken here", exitStatus: .badData)
    case .system(_, let path, Errno.fileExists.rawValue):
      self.init(
        code: "file.exists", message: "\(path): exists already",
        remedy: "choose another name, or replace it with --force", exitStatus: .usage)
    case .system(_, let path, Errno.noSuchFileOrDirectory.rawValue):
      self.init(
        code: "file.missing", message: "\(path): no such file or folder", remedy: "check the path",
        exitStatus: .missingInput)
    case .system(let operation, let path, let number):
      let errno = Errno(rawValue: number)
      self.init(
        code: "file.system", message: "\(path): cannot \(operation): \(errno)",
        remedy: errno == .noSpace
          ? "make room on the disk, or choose another one" : "check the file and its permissions",
        exitStatus: errno == .permissionDenied ? .noPermission : .transferFailed)
    case .shortRead(let path, let offset, let expected):
      self.init(
        code: "file.short",
        message: "\(path): ended before \(expected) bytes could be read at offset \(Self.hex(offset))",
        remedy: "the file is incomplete or was changed meanwhile; get it again", exitStatus: .badData)
    case .cancelled: self = .cancelled(device: nil)
    case .sparse(let path, let offset, let defect):
      self.init(
        code: "sparse.malformed", message: "\(path): offset \(Self.hex(offset)): \(SparseText.sentence(defect))",
        remedy: SparseText.remedy(defect), exitStatus: .badData)
    case .compression(let path, let offset, let format, let defect):
      self.init(compression: path, offset, format, defect)
    case .zip(let path, let offset, let defect): self.init(zip: path, offset, defect)
    case .noImage(let path, let kind): self.init(noImage: path, kind)
    case .tooLarge(let path, let byteCount):
      self.init(
        code: "file.too-large", message: "\(path): \(byteCount) bytes are more than the format can say",
        remedy: "use larger blocks, or write the image raw", exitStatus: .badData)
    case .notSeekable(let path):
      self.init(
        code: "file.not-seekable", message: "\(path): compressed, and this needs to go back and forth in it",
        remedy: "unpack it first with `flashctl image unsparse` or its own tool", exitStatus: .badData)
    case .overwritesInput(let path):
      self.init(
        code: "image.overwrites-input", message: "\(path): is read by this command and would be written over",
        remedy: "choose another output", exitStatus: .usage)
    case .differsAfterWriting(let path, let offset):
      self.init(
        code: "file.differs-after-writing",
        message: "\(path): offset \(Self.hex(offset)): holds other bytes than were just written",
        remedy: "check the disk, and who else writes to the file", exitStatus: .transferFailed)
    case .pieceLimit(let limit, let needed):
      self.init(
        code: "image.piece-limit", message: "pieces of \(limit) bytes have no room for a block",
        remedy: "use --size \(needed) or more", exitStatus: .usage)
    case .malformed(let path, let offset, let reason):
      self.init(
        code: "file.malformed", message: "\(path): offset \(Self.hex(offset)): \(reason)",
        remedy: "get the file again, or look at it with `flashctl image inspect`", exitStatus: .badData)
    }
  }

  static func hex(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
}
