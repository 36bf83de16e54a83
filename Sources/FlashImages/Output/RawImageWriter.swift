/// Writes an image out in full: skips and fills with zeros become holes of the file, other fills are written.
///
/// Source: `docs/protocols/android-images.md` 2.4.
public enum RawImageWriter {
  /// Appends the expanded image to `file`, which is not committed. `progress` gets the bytes done so far.
  public static func write(
    _ image: any ImageSource, to file: OutputFile, progress: (UInt64) -> Void = { _ in }
  ) throws(ImageError) {
    let reader = try image.open()
    let buffer = CopyBuffer()
    while let extent = try reader.next() {
      if Task.isCancelled { throw .cancelled }
      switch extent {
      case .skip(let length): try file.skip(length)
      case .fill(.zeros, let length): try file.skip(length)
      case .fill(let pattern, let length): try fill(file, pattern, length, buffer, progress)
      case .data(let length): try copy(length, from: reader, to: file, buffer, progress)
      }
      progress(file.byteCount)
    }
  }

  private static func copy(
    _ length: UInt64, from reader: any ImageReader, to file: OutputFile, _ buffer: CopyBuffer,
    _ progress: (UInt64) -> Void
  ) throws(ImageError) {
    var left = length
    while left > 0 {
      if Task.isCancelled { throw .cancelled }
      let piece = unsafe buffer.prefix(left)
      unsafe try reader.read(into: piece)
      unsafe try file.append(UnsafeRawBufferPointer(piece))
      left -= UInt64(piece.count)
      progress(file.byteCount)
    }
  }

  private static func fill(
    _ file: OutputFile, _ pattern: FillPattern, _ length: UInt64, _ buffer: CopyBuffer,
    _ progress: (UInt64) -> Void
  ) throws(ImageError) {
    // The buffer's size is a multiple of the pattern's, so that every piece begins with it.
    unsafe pattern.fill(buffer.prefix(length))
    var left = length
    while left > 0 {
      if Task.isCancelled { throw .cancelled }
      let piece = unsafe buffer.prefix(left)
      unsafe try file.append(UnsafeRawBufferPointer(piece))
      left -= UInt64(piece.count)
      progress(file.byteCount)
    }
  }
}
