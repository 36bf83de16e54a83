import WireFormat

extension FIASCOFile {
  /// What the data hash of an image is worth.
  public enum HashState: Equatable, Sendable {
    case valid
    case wrong(stored: UInt16, computed: UInt16)
    /// The data are not all there.
    case truncated
  }

  /// Reads the data of the image at `index` of `images` and compares its hash with the header (5.2).
  ///
  /// `progress` gets the bytes read so far, once a mebibyte. Cancelling the task ends it with `ImageError.cancelled`.
  public func verifyHash(of index: Int, progress: (UInt64) -> Void = { _ in }) throws(ImageError) -> HashState {
    guard images.indices.contains(index) else { return .truncated }
    let image = images[index]
    guard !image.isTruncated else { return .truncated }
    let computed = try hash(of: image.dataRange, progress: progress)
    return computed == image.fileData.hash ? .valid : .wrong(stored: image.fileData.hash, computed: computed)
  }

  /// The finding F10 for a hash that is wrong, `nil` for the other states (a truncated image has its F09 already).
  public func finding(for state: HashState, of index: Int) -> FIASCOFinding? {
    guard case .wrong(let stored, let computed) = state, images.indices.contains(index) else { return nil }
    let condition = FIASCOCondition.dataHashWrong(stored: stored, computed: computed)
    return FIASCOFinding(condition, offset: images[index].dataOffset, image: index)
  }

  /// Whether two images hold the same bytes; reads them only when their headers agree on size and hash.
  public func haveSameData(_ first: Int, _ second: Int) throws(ImageError) -> Bool {
    guard images.indices.contains(first), images.indices.contains(second) else { return false }
    let (one, other) = (images[first], images[second])
    guard one.fileData.size == other.fileData.size, one.fileData.hash == other.fileData.hash,
      one.availableByteCount == other.availableByteCount
    else { return false }
    return try isEqual(one.dataRange, other.dataRange)
  }

  func hash(of range: Range<UInt64>, progress: (UInt64) -> Void = { _ in }) throws(ImageError) -> UInt16 {
    var checksum = XORChecksum16()
    var done: UInt64 = 0
    try unsafe bytes.forEachPiece(of: range, using: CopyBuffer()) { piece in
      unsafe checksum.update(piece.bytes)
      done += UInt64(piece.count)
      progress(done)
    }
    return checksum.value
  }

  /// Compares two stretches of equal length.
  private func isEqual(_ first: Range<UInt64>, _ second: Range<UInt64>) throws(ImageError) -> Bool {
    let (one, other) = (CopyBuffer(), CopyBuffer())
    var offset: UInt64 = 0
    let count = first.upperBound - first.lowerBound
    while offset < count {
      if Task.isCancelled { throw .cancelled }
      let left = unsafe one.prefix(count - offset)
      let right = unsafe other.prefix(count - offset)
      unsafe try bytes.read(at: first.lowerBound + offset, into: left)
      unsafe try bytes.read(at: second.lowerBound + offset, into: right)
      guard unsafe left.elementsEqual(right) else { return false }
      offset += UInt64(left.count)
    }
    return true
  }
}
