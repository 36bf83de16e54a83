import CLZMA

/// The .xz format through liblzma, which checks every block, the index, and streams one behind the other itself.
@safe final class XZDecoder: Decoder {
  private nonisolated(unsafe) let stream: UnsafeMutablePointer<lzma_stream>
  private let memoryLimit: UInt64

  /// `LZMA_CONCATENATED`, a macro that Swift does not import.
  private static let concatenated: UInt32 = 0x08

  init(memoryLimit: UInt64) throws(CompressionDefect) {
    self.memoryLimit = max(1, memoryLimit)
    unsafe stream = .allocate(capacity: 1)
    // All zeros, as LZMA_STREAM_INIT is.
    unsafe stream.initialize(to: lzma_stream())
    try start()
  }

  deinit {
    unsafe lzma_end(stream)
    unsafe stream.deallocate()
  }

  func reset() throws(CompressionDefect) { try start() }

  private func start() throws(CompressionDefect) {
    let status = unsafe lzma_stream_decoder(stream, memoryLimit, Self.concatenated)
    guard status == LZMA_OK else { throw defect(status) }
  }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, inputEnds: Bool
  ) throws(CompressionDefect) -> DecoderStep {
    unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_in = input.count
    unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = output.count
    let status = unsafe lzma_code(stream, inputEnds ? LZMA_FINISH : LZMA_RUN)
    guard status == LZMA_OK || status == LZMA_STREAM_END || status == LZMA_BUF_ERROR else { throw defect(status) }
    return unsafe DecoderStep(
      consumed: input.count - stream.pointee.avail_in, produced: output.count - stream.pointee.avail_out,
      endsMember: status == LZMA_STREAM_END)
  }

  private func defect(_ status: lzma_ret) -> CompressionDefect {
    switch status {
    case LZMA_MEMLIMIT_ERROR: .memory(needed: unsafe lzma_memusage(stream), limit: memoryLimit)
    case LZMA_MEM_ERROR: .memory(needed: 0, limit: memoryLimit)
    case LZMA_FORMAT_ERROR: .corrupt(reason: "no xz stream")
    case LZMA_OPTIONS_ERROR: .corrupt(reason: "options that liblzma does not know")
    case LZMA_DATA_ERROR: .corrupt(reason: "data or checksum wrong")
    default: .corrupt(reason: "liblzma error \(status.rawValue)")
    }
  }
}
