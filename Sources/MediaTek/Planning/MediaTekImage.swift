import FlashCore
import FlashImages

/// A file that goes to a partition: what is known of it, and how its bytes are found again.
struct MediaTekImage: Sendable {
  /// For the planner, and for messages.
  var facts: ScatterImage
  /// All of the image.
  var reference: ImageReference
  /// Bytes that are sent: of a sparse image those that it holds.
  var sentByteCount: UInt64
  /// Of a boot loader: where it lies in the file. What stands in front of it is made anew by agents.
  var loader: Range<UInt64>?

  /// Looks through the layers; compressed files are read to their end.
  init(
    _ file: PackageFile, layers: ImageReference.Layers, isBootLoader: Bool
  ) throws(ImageError) {
    let opened =
      try file.member == nil
      ? ImageFile(path: file.path, options: layers.options) : ImageFile(file.bytes, options: layers.options)
    let image = try opened.measured()
    let length = image.source.byteCount ?? file.byteCount
    reference = ImageReference(
      path: file.path, member: file.member, layers: layers, offset: 0, length: length,
      imageByteCount: image.compression == nil ? nil : length)
    sentByteCount =
      image.sparse == nil || layers == .zeroFilled ? length : try Self.storedByteCount(image.source)
    loader = isBootLoader ? try Self.loader(in: image.source, length, path: file.name) : nil
    facts = ScatterImage(
      path: file.name, byteCount: loader.map { $0.upperBound - $0.lowerBound } ?? length, content: image.content.kind,
      isLoader: isBootLoader ? loader != nil : nil)
  }

  /// The loader alone, as agents want it; the whole file where it is none.
  var loaderReference: ImageReference {
    var reference = reference
    guard let loader else { return reference }
    reference.imageByteCount = reference.imageByteCount ?? (reference.layers == .asIs ? nil : reference.length)
    reference.offset = loader.lowerBound
    reference.length = loader.upperBound - loader.lowerBound
    return reference
  }

  /// Bytes of an image without what it skips.
  private static func storedByteCount(_ image: any ImageSource) throws(ImageError) -> UInt64 {
    let reader = try image.open()
    var count: UInt64 = 0
    while let extent = try reader.next() {
      if !extent.isSkip { count += extent.length }
    }
    return count
  }

  /// Boot sections are smaller.
  private static let loaderByteLimit: UInt64 = 16 << 20

  /// Where the loader lies: at the file's beginning, or behind the header of a boot section; `nil` where neither is there, or
  /// not all of it.
  private static func loader(
    in image: any ImageSource, _ byteCount: UInt64, path: String
  ) throws(ImageError) -> Range<UInt64>? {
    guard byteCount <= loaderByteLimit else { return nil }
    let bytes = try content(of: image, Int(byteCount))
    guard let file = try? PreloaderFile(MemoryBytes(bytes, path: path)), file.offset == 0 || file.header != nil,
      !file.loaderRange.isEmpty, !file.isTruncated
    else { return nil }
    return file.loaderRange
  }

  static func content(of image: any ImageSource, _ byteCount: Int) throws(ImageError) -> [UInt8] {
    let stream = try ImageStream(image)
    var bytes = [UInt8](repeating: 0, count: byteCount)
    var count = 0
    do {
      count = try unsafe bytes.withUnsafeMutableBytes { buffer in try unsafe stream.read(into: buffer) }
    } catch let error as ImageError {
      throw error
    } catch {
      throw .cancelled
    }
    return Array(bytes.prefix(count))
  }
}
