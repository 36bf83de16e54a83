public import FlashImages

/// Which bytes of an image are written: what it does not skip, as whole sectors.
public enum ImageRuns {
  /// More separate runs than any image has that means something; what follows counts as written.
  static let maximumCount = 1 << 20

  /// Ascending ranges in the image. The end of the image need not be the end of a sector; runs that begin or end inside a
  /// sector otherwise are refused.
  ///
  /// A compressed image is unpacked once for this when its length alone does not tell.
  public static func ranges(of image: any ImageSource, sectorByteCount: UInt64) throws -> ByteRanges {
    if image is ByteImageSource || image is FileImageSource, let count = image.byteCount {
      return ByteRanges(count == 0 ? [] : [0..<count])
    }
    let reader = try image.open()
    var ranges = ByteRanges()
    var offset: UInt64 = 0
    while let extent = try reader.next() {
      if Task.isCancelled { throw ImageError.cancelled }
      let (end, overflows) = offset.addingReportingOverflow(extent.length)
      guard !overflows else { throw ImageError.tooLarge(path: "image", byteCount: .max) }
      if !extent.isSkip { ranges.append(offset..<end) }
      guard ranges.ranges.count <= maximumCount else {
        throw ImageError.tooLarge(path: "image", byteCount: UInt64(ranges.ranges.count))
      }
      offset = end
    }
    for range in ranges.ranges {
      let isAligned = range.upperBound % sectorByteCount == 0 || range.upperBound == offset
      guard range.lowerBound % sectorByteCount == 0, isAligned else {
        throw StorageError.unaligned(
          PlanExtent(
            section: "image", start: .fromStart(range.lowerBound), length: range.upperBound - range.lowerBound),
          sectorByteCount: sectorByteCount)
      }
    }
    return ranges
  }
}
