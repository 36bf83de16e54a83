import WireFormat

/// A file with an image in it, its layers recognised by content: compression, Android sparse, or raw bytes.
///
/// ```swift
/// let file = try ImageFile(path: "system.img.gz")
/// file.compression      // .gzip
/// file.sparse?.header   // the header of the sparse image inside
/// file.source           // what is written to a device
/// ```
///
/// Source: `docs/protocols/android-images.md` 1.
public struct ImageFile: Sendable {
  /// What is looked through, and what it may cost.
  public struct Options: Equatable, Sendable {
    /// Whether compressed files are unpacked.
    public var unpacks = true
    /// Whether sparse images are expanded.
    public var expandsSparse = true
    public var mode = SparseImageSource.Mode.strict
    public var limits = DecompressionLimits.standard
    /// What becomes of the holes of a raw file.
    public var holes = FileImageSource.Holes.read

    public init() {}

    /// The bytes of the file as they are.
    public static var raw: Options {
      var options = Options()
      options.unpacks = false
      options.expandsSparse = false
      return options
    }
  }

  public let path: String
  /// Bytes of the file itself.
  public let fileByteCount: UInt64
  public let compression: CompressionFormat?
  /// The sparse image, which may lie inside compression.
  public let sparse: SparseImageSource?
  /// What is written to a device; its length is `nil` when only a first pass can tell.
  public let source: any ImageSource
  /// What the expanded image looks like.
  public let content: ImageContent
  /// The bytes behind compression.
  private let bytes: any ByteSource

  /// Opens a file, reads its headers, and refuses what is certainly no image.
  public init(path: String, options: Options = Options()) throws(ImageError) {
    try self.init(PlainBytes(RegularFile(path: path)), options: options) { () throws(ImageError) in
      try FileImageSource(path: path, holes: options.holes)
    }
  }

  /// The same for bytes that come in order, such as a member of an archive.
  public init(_ bytes: any ByteSource, options: Options = Options()) throws(ImageError) {
    try self.init(bytes, options: options) { () throws(ImageError) in ByteImageSource(bytes) }
  }

  /// The same for bytes that are open already.
  public init(_ bytes: any RandomAccessBytes, options: Options = Options()) throws(ImageError) {
    try self.init(PlainBytes(bytes), options: options) { () throws(ImageError) in try RandomAccessImageSource(bytes) }
  }

  private init(
    _ file: any ByteSource, options: Options, raw: () throws(ImageError) -> any ImageSource
  ) throws(ImageError) {
    path = file.path
    fileByteCount = file.byteCount ?? 0
    compression = options.unpacks ? try CompressionFormat.detect(file) : nil
    if let compression {
      bytes = try CompressedBytes(file, format: compression, limits: options.limits)
    } else {
      bytes = file
    }
    let start = try bytes.openBytes().bytes(ContentKind.sampleByteCount)
    if let compression, let inner = CompressionFormat.detect(start.rawSpan) {
      throw .compression(path: path, offset: 0, format: compression, .compressedTwice(inner))
    }
    sparse =
      options.expandsSparse && Self.looksSparse(start)
      ? try SparseImageSource(bytes, mode: options.mode) : nil
    if let sparse {
      source = sparse
    } else {
      source = compression == nil ? try raw() : ByteImageSource(bytes)
    }
    content = try Self.content(of: source, sparse: sparse, start: start)
    if let kind = content.kind, kind.isRefused { throw .noImage(path: path, kind) }
  }

  private init(_ other: ImageFile, measured: UInt64) {
    path = other.path
    fileByteCount = other.fileByteCount
    compression = other.compression
    sparse = other.sparse
    content = other.content
    bytes = other.bytes
    source = ByteImageSource(other.bytes, byteCount: measured)
  }

  /// The same image with the length that an earlier pass found: a compressed image of raw bytes becomes one run then.
  public func sized(_ byteCount: UInt64) -> ImageFile {
    source.byteCount == nil ? ImageFile(self, measured: byteCount) : self
  }

  /// The same image with its length known: what compressed files need before they are written.
  ///
  /// The pass proves the integrity of the compression and of a sparse image inside. Images whose length is known and
  /// which need no such proof are returned as they are. `ImageWork` tells of the pass.
  public func measured() throws(ImageError) -> ImageFile {
    guard sparse != nil || source.byteCount == nil else { return self }
    return try ImageWork.report(compression == nil ? .checking : .unpacking, of: path) {
      (progress) throws(ImageError) in try measured(progress: progress)
    }
  }

  /// The same for whoever shows the pass: `progress` gets the number of bytes passed, and `ImageWork` nothing.
  public func measured(progress: (UInt64) -> Void) throws(ImageError) -> ImageFile {
    if let sparse {
      _ = try SparseCheck(mode: sparse.mode).run(sparse, progress: progress)
      return self
    }
    guard source.byteCount == nil else { return self }
    return ImageFile(self, measured: unsafe try ImageScan(source, progress: progress).byteCount)
  }

  /// The magic number, also in the wrong byte order, which is refused with that reason.
  private static func looksSparse(_ start: [UInt8]) -> Bool {
    let magic = try? start.rawSpan.load(littleEndian: UInt32.self, at: 0)
    return magic == SparseHeader.magic || magic == SparseHeader.magic.byteSwapped
  }

  private static func content(
    of source: any ImageSource, sparse: SparseImageSource?, start: [UInt8]
  ) throws(ImageError) -> ImageContent {
    guard let sparse else {
      var content = ImageContent(sample: start.rawSpan)
      try takeFooter(of: source, &content)
      return content
    }
    let sample = try expandedStart(of: sparse)
    if SparseHeader.isSparse(sample.rawSpan) { throw .sparse(path: sparse.path, offset: 0, .nested) }
    var content = ImageContent(sample: sample.rawSpan)
    try takeFooter(of: source, &content)
    return content
  }

  /// The beginning of the expanded image; empty when its headers break off, which whoever reads it will say.
  private static func expandedStart(of sparse: SparseImageSource) throws(ImageError) -> [UInt8] {
    var sample = [UInt8](repeating: 0, count: ContentKind.sampleByteCount)
    var count = 0
    do {
      let stream = try ImageStream(sparse)
      count = try unsafe sample.withUnsafeMutableBytes { buffer in unsafe try stream.read(into: buffer) }
    } catch ImageError.sparse {
      return []
    } catch let error as ImageError {
      throw error
    } catch {
      return []
    }
    return Array(sample[..<count])
  }

  /// Only where the end is reached without reading all that comes before.
  private static func takeFooter(of source: any ImageSource, _ content: inout ImageContent) throws(ImageError) {
    let size = ImageContent.footerByteCount
    guard !(source is SparseImageSource), let length = source.byteCount, length >= UInt64(size),
      let reader = try source.openSeekable()
    else { return }
    try reader.seek(to: length - UInt64(size))
    var footer = [UInt8](repeating: 0, count: size)
    let stream = ImageStream(continuing: reader)
    do {
      _ = try unsafe footer.withUnsafeMutableBytes { buffer in unsafe try stream.read(into: buffer) }
    } catch {
      return
    }
    content.take(footer: footer.rawSpan)
  }
}
