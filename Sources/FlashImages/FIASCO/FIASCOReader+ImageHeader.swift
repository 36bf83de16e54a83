import WireFormat

extension FIASCOReader {
  /// The checksum byte that fits a header with this stored block count and these blocks (5.1).
  static func checksum(blockCount: UInt8, blocks: [FIASCOStoredBlock]) -> UInt8 {
    var sum = AdditiveChecksum8()
    sum.update(CollectionOfOne(blockCount))
    for block in blocks {
      sum.update([block.type, UInt8(block.data.count)])
      sum.update(block.data)
    }
    return 0xFF - sum.sum
  }

  /// Reads a header up to its checksum byte; `nil` where the images end, with a finding unless by an end marker.
  mutating func readImageHeader() throws(ImageError) -> FIASCOImage? {
    let start = cursor.offset
    cursor.offset += 1
    guard let count = try cursor.byte() else { return try stop(.truncatedImageHeader, at: start) }
    guard count > 0 else { return try stop(.noBlocks, at: start + 1) }
    guard let fileData = try readFileData(from: start) else { return nil }
    guard !fileData.isEndMarker else {
      end = .endMarker
      return nil
    }
    var blocks = [FIASCOStoredBlock(.fileData(fileData))]
    for _ in 1..<count {
      let offset = cursor.offset
      guard let block = try cursor.block() else { return try stop(.truncatedImageHeader, at: offset) }
      blocks.append(block)
    }
    return try finishHeader(from: start, count: count, fileData: fileData, blocks: blocks)
  }

  /// Reads the first block, which must be 2E with 25 bytes.
  private mutating func readFileData(from start: UInt64) throws(ImageError) -> FIASCOFileData? {
    let offset = cursor.offset
    guard let type = try cursor.byte(), let length = try cursor.byte() else {
      return try stop(.truncatedImageHeader, at: offset)
    }
    guard type == 0x2E, Int(length) == FIASCOFileData.byteCount else {
      return try stop(.firstBlockNotFileData(type: type, length: length), at: offset)
    }
    guard let data = try cursor.take(FIASCOFileData.byteCount),
      let fileData = try? FIASCOFileData(parsing: Array(data).rawSpan)
    else { return try stop(.truncatedImageHeader, at: offset) }
    return fileData
  }

  /// Checks the checksum, having applied the repair rule of 9.1, and puts the image together.
  private mutating func finishHeader(
    from start: UInt64, count: UInt8, fileData: FIASCOFileData, blocks: [FIASCOStoredBlock]
  ) throws(ImageError) -> FIASCOImage? {
    let checksumOffset = cursor.offset
    guard var stored = try cursor.byte() else { return try stop(.truncatedImageHeader, at: checksumOffset) }
    var blocks = blocks
    let computed = Self.checksum(blockCount: count, blocks: blocks)
    var state = FIASCOImage.ChecksumState.valid
    if stored == 0, computed != 0 {
      state = .notComputed
    } else if stored != computed {
      if let repair = try uncountedPart(at: checksumOffset, count: count, blocks: blocks) {
        try report(.blockCountTooSmall(stored: count), at: start + 1, image: images.count)
        blocks.append(repair.block)
        stored = repair.checksum
      } else {
        let condition = FIASCOCondition.headerChecksumWrong(stored: stored, computed: computed)
        guard mode == .unverified else { return try stop(condition, at: checksumOffset) }
        try report(condition, at: checksumOffset, image: images.count)
        state = .wrong(computed: computed)
      }
    }
    let size = UInt64(fileData.size)
    return FIASCOImage(
      headerOffset: start, storedBlockCount: count, blocks: blocks, fileData: fileData, storedChecksum: stored,
      checksum: state, parts: [], dataOffset: cursor.offset,
      availableByteCount: min(size, cursor.length - cursor.offset))
  }

  /// The block 34 that the count leaves out, if taking it in makes the checksum right; the cursor is then behind the
  /// checksum, and otherwise where it was.
  private mutating func uncountedPart(
    at offset: UInt64, count: UInt8, blocks: [FIASCOStoredBlock]
  ) throws(ImageError) -> (block: FIASCOStoredBlock, checksum: UInt8)? {
    let behindChecksum = cursor.offset
    cursor.offset = offset
    if let block = try cursor.block(), block.type == 0x34, block.data.count >= 0x10, let checksum = try cursor.byte(),
      checksum == Self.checksum(blockCount: count, blocks: blocks + [block])
    {
      return (block, checksum)
    }
    cursor.offset = behindChecksum
    return nil
  }

  private mutating func stop<Result>(_ condition: FIASCOCondition, at offset: UInt64) throws(ImageError) -> Result? {
    try report(condition, at: offset)
    return nil
  }
}
