import FlashImages

extension Diagnostic {
  /// A layer of an image (compression, sparse) that could not be read.
  init(compression path: String, _ offset: UInt64, _ format: CompressionFormat, _ defect: CompressionDefect) {
    let place = "\(path): \(format.rawValue), offset \(Self.hex(offset)): "
    switch defect {
    case .corrupt(let reason):
      self.init(
        code: "compression.corrupt", message: place + reason, remedy: "the file is damaged; get it again",
        exitStatus: .badData)
    case .truncated:
      self.init(
        code: "compression.truncated", message: place + "the file ends before the compressed data do",
        remedy: "the file is incomplete; get it again", exitStatus: .badData)
    case .trailingBytes:
      self.init(
        code: "compression.trailing-bytes", message: place + "bytes behind the end that are not compressed data",
        remedy: "the file is damaged; get it again", exitStatus: .badData)
    case .memory(let needed, let limit):
      self.init(
        code: "compression.memory",
        message: place + "unpacking needs "
          + (needed > 0 ? "\(needed) bytes of memory" : "more memory than there is")
          + (limit > 0 ? ", and \(limit) are allowed" : ""),
        remedy: "unpack the file with `\(Self.unpacker(format))`, or allow more with --memory-limit",
        exitStatus: .badData)
    case .expandsBeyond(let limit):
      self.init(
        code: "compression.too-large", message: place + "expands to more than \(limit) bytes",
        remedy: "check that it is the right file; --size-limit allows more", exitStatus: .badData)
    case .unsupported:
      self.init(
        code: "compression.unsupported",
        message: "\(path): compressed as \(format.rawValue), which flashctl does not unpack",
        remedy: "unpack it with `\(Self.unpacker(format))`", exitStatus: .badData)
    case .compressedTwice(let inner):
      self.init(
        code: "compression.twice", message: "\(path): compressed twice, as \(inner.rawValue) inside \(format.rawValue)",
        remedy: "unpack it once with `\(Self.unpacker(format))`", exitStatus: .badData)
    }
  }

  private static func unpacker(_ format: CompressionFormat) -> String {
    switch format {
    case .gzip: "gzip -d"
    case .xz: "xz -d"
    case .zstd: "zstd -d --long=31"
    case .lz4, .lz4Legacy: "lz4 -d"
    case .bzip2: "bzip2 -d"
    }
  }

  /// Something that was saved in place of an image.
  init(noImage path: String, _ kind: ContentKind) {
    self.init(
      code: "image.no-image",
      message: kind == .gitLFSPointer
        ? "\(path): a Git LFS pointer, not the image" : "\(path): a web page, not an image",
      remedy: kind == .gitLFSPointer
        ? "fetch the file itself with `git lfs pull`" : "download the file again, and look at what comes",
      exitStatus: .badData)
  }
}
