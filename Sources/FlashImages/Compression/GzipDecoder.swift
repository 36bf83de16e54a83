import CZlib

/// Members of gzip files (RFC 1952), through zlib, which checks header, CRC-32 and length; or deflated data alone, as ZIP
/// archives hold them.
@safe final class GzipDecoder: Decoder {
  /// zlib keeps the address of its stream, so it lies in memory of its own.
  private nonisolated(unsafe) let stream: UnsafeMutablePointer<z_stream>

  /// Window bits 15; plus 16 for the gzip format, negative for deflated data alone.
  init(isRawDeflate: Bool = false) throws(CompressionDefect) {
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let status = unsafe inflateInit2_(
      stream, isRawDeflate ? -15 : 31, zlibVersion(), Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw .corrupt(reason: "zlib error \(status)") }
  }

  deinit {
    // Harmless on a stream whose initialisation failed.
    _ = unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  func reset() throws(CompressionDefect) {
    guard unsafe inflateReset(stream) == Z_OK else { throw .corrupt(reason: "zlib stream error") }
  }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, inputEnds: Bool
  ) throws(CompressionDefect) -> DecoderStep {
    // zlib reads its input and never writes there.
    unsafe stream.pointee.next_in = UnsafeMutablePointer(
      mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
    unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
    let status = unsafe inflate(stream, Z_NO_FLUSH)
    switch status {
    case Z_OK, Z_STREAM_END, Z_BUF_ERROR:
      return unsafe DecoderStep(
        consumed: input.count - Int(stream.pointee.avail_in), produced: output.count - Int(stream.pointee.avail_out),
        endsMember: status == Z_STREAM_END)
    case Z_MEM_ERROR: throw .memory(needed: 0, limit: 0)
    case Z_NEED_DICT: throw .corrupt(reason: "needs a preset dictionary")
    default:
      let message = unsafe stream.pointee.msg.map { unsafe String(cString: $0) }
      throw .corrupt(reason: message ?? "zlib error \(status)")
    }
  }
}
