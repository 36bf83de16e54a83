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
    _ program: ProgramElement.Program, file: PackageFile, place: AreaPlace, options: PackageOptions
  ) throws(QualcommPlanError) {
    let mayBeCut = options.allowsTruncation || program.isPartitionTable || program.fileOffset.constant != 0
    let room = mayBeCut ? nil : try place.room()
    do throws(RoomyImage.Failure) {
      try self.init(program, file, room: room, options)
    } catch {
      switch error {
      case .image(let error): throw .image(error, at: place.place)
      case .tooLarge(let room): throw .expandsBeyond(file: file.name, room: room, at: place.place)
      }
    }
  }

  /// `room` limits what a compressed file unpacks to.
  private init(
    _ program: ProgramElement.Program, _ file: PackageFile, room: UInt64?, _ options: PackageOptions
  ) throws(RoomyImage.Failure) {
    self.file = file
    do throws(ImageError) {
      let found = options.layers.options.unpacks ? try CompressionFormat.detect(file.bytes) : nil
      let isPromised = found != nil && found == CompressionFormat.named(by: program.fileName)
      (compression, keptCompression) = isPromised ? (found, nil) : (nil, found)
      if !isPromised {
        looksSparse = file.byteCount >= 28 ? try SparseImageSource.isSparse(file.bytes) : false
        sparse = looksSparse && options.layers.options.expandsSparse ? try SparseImageSource(file.bytes) : nil
        byteCount = file.byteCount
        return
      }
    } catch {
      throw .image(error)
    }
    // The pass finds damage, and the length that no compressed file is believed to say of itself.
    let image = try RoomyImage(room: room, options: options.layers.options) { (options) throws(ImageError) in
      try ImageFile(file.bytes, options: options)
    }.file
    (sparse, looksSparse) = (image.sparse, image.sparse != nil)
    byteCount = image.source.byteCount ?? 0
  }
}
