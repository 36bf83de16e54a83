import FlashImages

/// What a sparse image writes, by its headers alone: how many bytes, and whether whole sectors.
struct SparseRuns {
  let expandedByteCount: UInt64
  /// Bytes of RAW and FILL runs, the last sector of each filled up.
  private(set) var sentByteCount: UInt64 = 0
  /// The first place in the expanded image where a run begins or ends inside a sector.
  private(set) var unalignedOffset: UInt64?

  init(_ source: SparseImageSource, sectorByteCount: UInt64) throws(ImageError) {
    expandedByteCount = source.header.expandedByteCount
    let reader = try source.open()
    var offset: UInt64 = 0
    // Neighbours are written as one run.
    var wasSkip = true
    while let extent = try reader.next() {
      if Task.isCancelled { throw .cancelled }
      if extent.isSkip != wasSkip, offset % sectorByteCount != 0, unalignedOffset == nil { unalignedOffset = offset }
      wasSkip = extent.isSkip
      if !extent.isSkip { sentByteCount += extent.length }
      offset += extent.length
    }
    let rest = sentByteCount % sectorByteCount
    if rest > 0 { sentByteCount += sectorByteCount - rest }
  }
}
