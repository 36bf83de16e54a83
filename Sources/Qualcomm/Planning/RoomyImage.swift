import FlashImages

/// A file opened and measured for a place of known size: what unpacks to more is refused as soon as that shows, and not
/// unpacked to its end.
struct RoomyImage {
  let file: ImageFile

  /// Why it cannot be used.
  enum Failure: Error {
    case image(ImageError)
    /// It unpacks to more than there is room for.
    case tooLarge(room: UInt64)
  }

  /// `room` is in bytes; `nil` where nothing limits the image. `open` opens the file with the options it is given.
  init(
    room: UInt64?, options: ImageFile.Options, _ open: (ImageFile.Options) throws(ImageError) -> ImageFile
  ) throws(Failure) {
    do throws(ImageError) {
      let image = try open(options)
      guard let room, image.compression != nil else {
        file = try image.measured()
        return
      }
      var options = options
      options.limits.expandedByteCount = min(options.limits.expandedByteCount, Self.limit(image.sparse, room))
      if let sparse = image.sparse, sparse.header.expandedByteCount > room { throw Self.tooLarge(image) }
      file = try open(options).measured()
    } catch {
      if let room, case .compression(_, _, _, .expandsBeyond) = error { throw .tooLarge(room: room) }
      throw .image(error)
    }
  }

  /// A sparse image is a little longer than what it stands for: a header for each chunk, and what somebody has put behind
  /// it.
  private static func limit(_ sparse: SparseImageSource?, _ room: UInt64) -> UInt64 {
    guard let sparse else { return room }
    let extra = UInt64(sparse.header.chunkCount) * 64 + (16 << 20)
    return room.addingReportingOverflow(extra).overflow ? .max : room + extra
  }

  private static func tooLarge(_ image: ImageFile) -> ImageError {
    .compression(
      path: image.path, offset: 0, format: image.compression ?? .gzip,
      .expandsBeyond(limit: image.sparse?.header.expandedByteCount ?? 0))
  }
}
