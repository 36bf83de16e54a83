public import FlashImages

/// Which bytes a step writes, in a form that can be stored with the plan: those of a file, or a few of its own.
public struct ImageReference: Codable, Equatable, Sendable {
  /// How the file, or the member of an archive, becomes the image.
  public enum Layers: String, Codable, Equatable, Sendable {
    /// The bytes are the image.
    case asIs
    /// Compression is unpacked and an Android sparse image expanded, where the content shows one.
    case expanded
    /// The same, and what a sparse image leaves out is zeros.
    case zeroFilled
    /// Compression is unpacked, and a sparse image stays the file that it is.
    case unpacked
    /// A sparse image is expanded, and compression stays.
    case unsparsed

    /// How a file is opened so.
    public var options: ImageFile.Options {
      var options = ImageFile.Options()
      options.unpacks = self != .asIs && self != .unsparsed
      options.expandsSparse = self != .asIs && self != .unpacked
      return options
    }
  }

  /// The file; the archive where `member` is one of its members.
  public var path: String
  /// The name of a member of the ZIP archive at `path`.
  public var member: String?
  public var layers: Layers
  /// Offset and length in the image, in bytes: behind compression, in the expanded size of a sparse image.
  public var offset: UInt64
  public var length: UInt64
  /// Bytes of the whole image, where only a first pass could tell (behind compression); `nil` elsewhere.
  public var imageByteCount: UInt64?
  /// Byte and multiple that the data are filled up with; for plain files as they are only.
  public var padding: UInt8?
  public var paddingMultiple: UInt64
  /// The bytes themselves, where no file holds them: partition tables that were made anew. `path` is what messages call
  /// them then.
  public private(set) var bytes: [UInt8]?
  /// What the SHA-256 of these bytes has to be, 64 hexadecimal digits; `nil` when the descriptor does not say.
  public var sha256: String?

  public init(
    path: String, member: String? = nil, layers: Layers = .asIs, offset: UInt64, length: UInt64,
    imageByteCount: UInt64? = nil, padding: UInt8? = nil, paddingMultiple: UInt64 = 1, sha256: String? = nil
  ) {
    self.path = path
    self.member = member
    self.layers = layers
    self.offset = offset
    self.length = length
    self.imageByteCount = imageByteCount
    self.padding = padding
    self.paddingMultiple = paddingMultiple
    self.sha256 = sha256
  }

  /// Bytes that the plan carries itself; a few, since they are printed and stored with it.
  public init(bytes: [UInt8], name: String) {
    self.init(path: name, offset: 0, length: UInt64(bytes.count))
    self.bytes = bytes
  }

  /// The file, with the member where there is one, for messages: `package.zip:boot.img`.
  public var name: String { member.map { path + ":" + $0 } ?? path }

  /// The bytes as an image. Throws `ImageError` when the file is gone or shorter than it was, or its layers are broken.
  public func source() throws(ImageError) -> any ImageSource {
    guard length <= UInt64.max - offset else {
      throw .malformed(path: name, offset: offset, reason: "image range overflows")
    }
    let range = offset..<offset + length
    if let bytes { return try RandomAccessImageSource(MemoryBytes(bytes, path: path), range: range) }
    if member == nil, layers == .asIs {
      return try FileImageSource(
        path: path, range: range,
        padding: padding.map { FileImageSource.Padding(byte: $0, toMultipleOf: paddingMultiple) })
    }
    let whole = try layered()
    if offset == 0, whole.byteCount == length { return whole }
    if let count = whole.byteCount, range.upperBound > count {
      throw .shortRead(path: name, offset: offset, expected: length)
    }
    return ImageSlice(whole, range: range)
  }

  /// The same with skips everywhere outside of `ranges`, which are ascending and count from the image's first byte: what
  /// is left when only some ranges are written.
  public func source(selecting ranges: [Range<UInt64>]?) throws(ImageError) -> any ImageSource {
    let source = try source()
    return ranges.map { ImageSelection(source, ranges: $0) } ?? source
  }

  private func layered() throws(ImageError) -> any ImageSource {
    guard let member else {
      return try image(ImageFile(path: path, options: layers.options))
    }
    let archive = try ZIPArchive(RegularFile(path: path))
    guard let entry = archive.member(named: member) else { throw .missing(path: name) }
    let bytes = try archive.bytes(of: entry)
    return layers == .asIs ? ByteImageSource(bytes) : try image(ImageFile(bytes, options: layers.options))
  }

  private func image(_ file: ImageFile) -> any ImageSource {
    let known = imageByteCount ?? (offset == 0 ? length : nil)
    let source = known.map { file.sized($0).source } ?? file.source
    return layers == .zeroFilled ? ZeroFilledImage(source) : source
  }
}
