import FlashCore
import FlashImages

/// What an entry's file holds, its layers looked through as far as a package allows.
///
/// A package's file is unpacked where its name and its content say the same compression: names alone lie, and content alone
/// may be what the partition is to hold (kernels, splash screens). Sparse images are told by their content. Source:
/// `docs/protocols/qualcomm-packages.md` 5.3, `docs/protocols/android-images.md` 1.
struct PlannedContent {
  let file: PackageFile
  /// `nil` for a file that is written as it is.
  let compression: CompressionFormat?
  /// How a file is compressed that is written as it is all the same.
  let keptCompression: CompressionFormat?
  /// The sparse image that is expanded.
  let sparse: SparseImageSource?
  /// Whether it is one, expanded or not.
  let looksSparse: Bool
  /// Bytes of the file, behind compression.
  let byteCount: UInt64

  init(
    _ program: ProgramElement.Program, file: PackageFile, place: PackagePlace, options: PackageOptions
  ) throws(QualcommPlanError) {
    self.file = file
    do throws(ImageError) {
      let found = options.layers.options.unpacks ? try CompressionFormat.detect(file.bytes) : nil
      let isPromised = found != nil && found == CompressionFormat.named(by: program.fileName)
      (compression, keptCompression) = isPromised ? (found, nil) : (nil, found)
      guard isPromised else {
        let isSparse = file.byteCount >= 28 ? try SparseImageSource.isSparse(file.bytes) : false
        looksSparse = isSparse
        sparse = isSparse && options.layers.options.expandsSparse ? try SparseImageSource(file.bytes) : nil
        byteCount = file.byteCount
        return
      }
      // The pass finds damage, and the length that no compressed file is believed to say of itself.
      let image = try ImageFile(file.bytes, options: options.layers.options).measured()
      (sparse, looksSparse) = (image.sparse, image.sparse != nil)
      byteCount = image.source.byteCount ?? 0
    } catch {
      throw .image(error, at: place)
    }
  }
}
