import CLZ4

/// LZ4 frames through liblz4, which checks the header, block and content checksums and skips skippable frames.
@safe final class LZ4Decoder: Decoder {
  private nonisolated(unsafe) let context: OpaquePointer

  init() throws(CompressionDefect) {
    var created: OpaquePointer?
    let result = unsafe LZ4F_createDecompressionContext(&created, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(result) == 0, let created = unsafe created else { throw .memory(needed: 0, limit: 0) }
    unsafe context = created
  }

  deinit { _ = unsafe LZ4F_freeDecompressionContext(context) }

  func reset() throws(CompressionDefect) { unsafe LZ4F_resetDecompressionContext(context) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, inputEnds: Bool
  ) throws(CompressionDefect) -> DecoderStep {
    var consumed = input.count
    var produced = output.count
    let result = unsafe LZ4F_decompress(
      context, output.baseAddress, &produced, input.baseAddress, &consumed, nil)
    guard LZ4F_isError(result) == 0 else {
      guard let name = unsafe LZ4F_getErrorName(result) else { throw .corrupt(reason: "lz4 error") }
      throw .corrupt(reason: unsafe String(cString: name))
    }
    return DecoderStep(consumed: consumed, produced: produced, endsMember: result == 0)
  }
}
