import FlashImages

/// Writes one image into a file: data and fills, while what the image skips stays as it is.
struct DiskImageWriter {
  let file: EditableFile
  /// Whole sectors of the file, from the image's first byte on.
  let range: Range<UInt64>

  private static let pieceByteCount = 1 << 20

  func write(_ image: any ImageSource, progress: (WriteProgress) -> Void) throws {
    let reader = try image.open()
    var offset = range.lowerBound
    var sent: UInt64 = 0
    var endsInSkip = true
    while let extent = try reader.next() {
      try Task.checkCancellation()
      guard extent.length <= range.upperBound - offset else {
        throw ImageError.tooLarge(path: file.path, byteCount: extent.length)
      }
      if !extent.isSkip {
        try write(extent, from: reader, at: offset)
        sent += extent.length
      }
      endsInSkip = extent.isSkip
      offset += extent.length
      progress(.bytes(sent))
    }
    // The last sector is filled up, as a device's is.
    if offset < range.upperBound, !endsInSkip { try fill(.zeros, at: offset, count: range.upperBound - offset) }
  }

  private func write(_ extent: ImageExtent, from reader: any ImageReader, at offset: UInt64) throws {
    switch extent {
    case .skip: return
    case .fill(let pattern, let length): try fill(pattern, at: offset, count: length)
    case .data(let length):
      var done: UInt64 = 0
      while done < length {
        try Task.checkCancellation()
        var piece = [UInt8](repeating: 0, count: Int(min(length - done, UInt64(Self.pieceByteCount))))
        try unsafe piece.withUnsafeMutableBytes { buffer in unsafe try reader.read(into: buffer) }
        try file.write(piece, at: offset + done)
        done += UInt64(piece.count)
      }
    }
  }

  private func fill(_ pattern: FillPattern, at offset: UInt64, count: UInt64) throws {
    var piece = [UInt8](repeating: 0, count: Int(min(count, UInt64(Self.pieceByteCount))))
    unsafe piece.withUnsafeMutableBytes { buffer in unsafe pattern.fill(buffer) }
    var done: UInt64 = 0
    // The piece's length is a multiple of the pattern's wherever there is a second one.
    while done < count {
      try Task.checkCancellation()
      if count - done < UInt64(piece.count) { piece.removeLast(piece.count - Int(count - done)) }
      try file.write(piece, at: offset + done)
      done += UInt64(piece.count)
    }
  }
}
