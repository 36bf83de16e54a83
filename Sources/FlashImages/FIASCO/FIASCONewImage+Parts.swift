/// The blocks 34 of an image that is being written.
extension FIASCONewImage {
  /// Files that the content reads, as far as that is known.
  var inputPaths: [String] {
    switch content {
    case .stream(let source, _): [source].compactMap { ($0 as? FileImageSource)?.path }
    case .pieces(let pieces): pieces.compactMap { ($0.source as? FileImageSource)?.path }
    }
  }

  /// Parts of the right number and names, whose sizes are not known yet.
  func partsToBe(isOldFormat: Bool) -> [FIASCOPart] {
    switch content {
    case .pieces(let pieces): pieces.map { FIASCOPart(offset: 0, size: 0, name: $0.name) }
    case .stream(_, let parts) where parts.isEmpty: isOldFormat ? [] : [FIASCOPart(offset: 0, size: 0)]
    case .stream(_, let parts): parts
    }
  }

  /// The parts, now that the data have been written.
  func parts(of data: FIASCODataStream, isOldFormat: Bool) throws(FIASCOWriteError) -> [FIASCOPart] {
    switch content {
    case .pieces: return data.parts
    case .stream(_, let parts) where parts.isEmpty:
      return isOldFormat ? [] : [FIASCOPart(offset: 0, size: data.byteCount)]
    case .stream(_, var parts):
      var reached: UInt64 = 0
      for part in parts {
        let (end, overflows) = part.offset.addingReportingOverflow(part.size)
        guard part.offset >= reached, !overflows, end <= data.byteCount else {
          throw .misplacedParts(type: fileData.name)
        }
        reached = end
      }
      // What fills up the data belongs to the part it follows.
      if reached == data.unpaddedByteCount, let last = parts.indices.last {
        parts[last].size = data.byteCount - parts[last].offset
      }
      return parts
    }
  }
}
