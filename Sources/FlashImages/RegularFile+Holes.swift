import Glibc

extension RegularFile {
  /// The runs of `range` that the file system stores and those that it does not (holes, which read as zeros), in order.
  ///
  /// On a file system that knows no holes all is stored. At most `limit` runs; what follows counts as stored.
  func storedRuns(of range: Range<UInt64>, limit: Int) -> [(isStored: Bool, length: UInt64)] {
    var runs: [(isStored: Bool, length: UInt64)] = []
    var position = range.lowerBound
    while position < range.upperBound, runs.count < limit - 1 {
      let data = seek(position, Self.seekData) ?? (errno == ENXIO ? range.upperBound : position)
      let start = min(max(data, position), range.upperBound)
      if start > position { runs.append((isStored: false, length: start - position)) }
      guard start < range.upperBound else { return runs }
      let end = min(max(seek(start, Self.seekHole) ?? range.upperBound, start), range.upperBound)
      // A file that changes meanwhile must not keep the loop going.
      guard end > start else {
        position = start
        break
      }
      runs.append((isStored: true, length: end - start))
      position = end
    }
    if position < range.upperBound { runs.append((isStored: true, length: range.upperBound - position)) }
    return runs
  }

  // From linux/fs.h; glibc shows them to GNU sources only.
  private static let seekData: Int32 = 3
  private static let seekHole: Int32 = 4

  private func seek(_ offset: UInt64, _ whence: Int32) -> UInt64? {
    let result = lseek(number, off_t(clamping: offset), whence)
    return result < 0 ? nil : UInt64(result)
  }
}
