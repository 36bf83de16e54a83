import CZlib

/// Deflates data, for members of ZIP archives or as a gzip file, through zlib. Used by one task.
@safe final class DeflateEncoder: StreamEncoder {
  /// zlib keeps the address of its stream, so it lies in memory of its own.
  private let stream: UnsafeMutablePointer<z_stream>
  private let output = CopyBuffer()

  /// `isGzip` adds the header and trailer of a gzip file.
  init(isGzip: Bool = false) throws(ImageError) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // Window bits are negative for data without a header, and 16 more for gzip; 8 is zlib's usual memory.
    let status = unsafe deflateInit2_(
      stream, 6, Z_DEFLATED, isGzip ? 31 : -15, 8, Z_DEFAULT_STRATEGY, zlibVersion(), Int32(MemoryLayout<z_stream>.size)
    )
    guard status == Z_OK else { throw .system(operation: "deflate", path: "zlib", errno: status) }
  }

  deinit {
    // Harmless on a stream whose initialisation failed.
    _ = unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Takes `input` whole and hands on what comes out; with `isLast` everything that is left.
  func encode(
    _ input: UnsafeRawBufferPointer, isLast: Bool, _ sink: (UnsafeRawBufferPointer) throws(ImageError) -> Void
  ) throws(ImageError) {
    // zlib reads its input and never writes there.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
    while true {
      let room = unsafe output.prefix(UInt64(CopyBuffer.byteCount))
      unsafe stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
      unsafe stream.pointee.avail_out = UInt32(clamping: room.count)
      let status = unsafe deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
      guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
        throw .system(operation: "deflate", path: "zlib", errno: status)
      }
      let produced = unsafe room.count - Int(stream.pointee.avail_out)
      if produced > 0 { unsafe try sink(UnsafeRawBufferPointer(rebasing: room[..<produced])) }
      if isLast ? status == Z_STREAM_END : unsafe stream.pointee.avail_out > 0 { return }
    }
  }
}
