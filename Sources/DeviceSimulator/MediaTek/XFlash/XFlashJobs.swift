import FlashImages
import MediaTek
import WireFormat

/// Data that an agent is sending.
struct XFlashReadJob: Sendable {
  var place: XFlashPlace
  var position: UInt64 = 0
  /// The chunk that has not been acknowledged.
  var underWay: UInt64 = 0
  var chunks: UInt64 = 0

  var left: UInt64 { place.byteCount - position }

  /// The size of the next chunk. Odd ones are never as short as a status; changing ones are the longest first.
  func next(limit: UInt64, isOdd: Bool, changes: Bool) -> UInt64 {
    let usual = min(left, max(1, limit))
    if changes, usual > 4096 { return usual / (1 + chunks % 3) / 512 * 512 }
    guard isOdd, usual > 64 else { return usual }
    let odd = usual - 13 - 7 * (chunks % 5)
    let isShortRest = left - odd == 2 || left - odd == 4
    return isShortRest ? odd - 3 : odd
  }
}

/// Data that an agent is being sent.
struct XFlashWriteJob: Sendable {
  var place: XFlashPlace
  /// What the host calls it.
  var name: String
  /// Bytes in all.
  var byteCount: UInt64
  var position: UInt64 = 0
  /// Bytes of a header that stands before the image.
  var lead: UInt64 = 0
  /// A sparse image, which is unpacked when all of it is there.
  var spool: SectionFile?
  /// Only images for partitions by name are unpacked, and get headers.
  var isByName = false

  var left: UInt64 { byteCount - position }
}

/// Writes a sparse image to where it belongs.
struct XFlashUnpacking {
  let spool: SectionFile
  let place: XFlashPlace
  let target: SectionFile

  private static let pieceByteCount = 1 << 20

  /// Throws the status that an agent gives, or `SimulatorError`.
  func run() throws {
    let image: SparseImageSource
    do { image = try SparseImageSource(PlainBytes(spool)) } catch { throw XFlashRefusal(.unknownSparseFormat) }
    guard let size = image.byteCount, size <= place.byteCount else { throw XFlashRefusal(.imageTooLarge) }
    do {
      let reader = try image.open()
      var position = place.offset
      while let extent = try reader.next() {
        try write(extent, of: reader, at: position)
        position += extent.length
      }
    } catch is ImageError {
      throw XFlashRefusal(XFlashStatus(rawValue: 0xC004_0005))
    }
  }

  private func write(_ extent: ImageExtent, of reader: any ImageReader, at start: UInt64) throws {
    guard !extent.isSkip else { return }
    var done: UInt64 = 0
    while done < extent.length {
      var piece = [UInt8](repeating: 0, count: Int(min(UInt64(Self.pieceByteCount), extent.length - done)))
      switch extent {
      case .data: try unsafe piece.withUnsafeMutableBytes { try unsafe reader.read(into: $0) }
      case .fill(let pattern, _): unsafe piece.withUnsafeMutableBytes { unsafe pattern.rotated(by: done).fill($0) }
      case .skip: break
      }
      try target.write(piece.rawSpan, at: start + done)
      done += UInt64(piece.count)
    }
  }
}
