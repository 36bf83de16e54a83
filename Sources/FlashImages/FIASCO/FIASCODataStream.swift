import WireFormat

/// The data of one image on their way into a container: filled up, hashed, and kept below 4 GiB.
struct FIASCODataStream {
  let output: FIASCOOutput
  /// The image type, which decides about padding (`docs/protocols/fiasco.md` 6).
  let type: String
  /// Parts written so far.
  var parts: [FIASCOPart] = []
  private(set) var byteCount: UInt64 = 0
  /// Bytes before the last padding.
  private(set) var unpaddedByteCount: UInt64 = 0
  private var checksum = XORChecksum16()
  private let buffer = CopyBuffer()

  init(output: FIASCOOutput, type: String) {
    self.output = output
    self.type = type
  }

  var hash: UInt16 { checksum.value }

  /// Appends a piece with its padding and says which part it became.
  mutating func append(
    _ piece: FIASCONewImage.Piece, progress: (UInt64) -> Void
  ) throws(FIASCOWriteError) -> FIASCOPart {
    let start = byteCount
    let size = try append(piece.source, progress: progress)
    return FIASCOPart(offset: start, size: size, name: piece.name)
  }

  /// Appends an image and its padding, and returns their length.
  mutating func append(_ source: any ImageSource, progress: (UInt64) -> Void) throws(FIASCOWriteError) -> UInt64 {
    let start = byteCount
    if let expected = source.byteCount { try checkSize(adding: expected) }
    do {
      let stream = try ImageStream(source)
      while true {
        if Task.isCancelled { throw ImageError.cancelled }
        let room = unsafe buffer.prefix(UInt64(CopyBuffer.byteCount))
        let count = unsafe try stream.read(into: room)
        unsafe try append(UnsafeRawBufferPointer(rebasing: room[..<count]))
        progress(output.byteCount)
        if count < room.count { break }
      }
    } catch let error as ImageError {
      throw .file(error)
    } catch let error as FIASCOWriteError {
      throw error
    } catch {
      throw .file(.cancelled)
    }
    unpaddedByteCount = byteCount
    try pad()
    return byteCount - start
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FIASCOWriteError) {
    try checkSize(adding: UInt64(bytes.count))
    unsafe checksum.update(bytes.bytes)
    unsafe try output.append(bytes)
    byteCount += UInt64(bytes.count)
  }

  private mutating func pad() throws(FIASCOWriteError) {
    let multiple = FIASCOImageType.paddingMultiple(of: type)
    let padding = (multiple - byteCount % multiple) % multiple
    guard padding > 0 else { return }
    try checkSize(adding: padding)
    let bytes = [UInt8](repeating: FIASCOImageType.paddingByte, count: Int(padding))
    checksum.update(bytes.rawSpan)
    try output.append(bytes)
    byteCount += padding
  }

  private func checkSize(adding count: UInt64) throws(FIASCOWriteError) {
    let (total, overflows) = byteCount.addingReportingOverflow(count)
    guard !overflows, total <= UInt64(UInt32.max) else {
      throw .outOfRange(field: "data", length: overflows ? .max : total, allowed: 0...UInt64(UInt32.max))
    }
  }
}
