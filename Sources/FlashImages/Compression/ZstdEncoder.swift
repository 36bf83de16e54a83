import CZstd

/// Compresses as one Zstandard frame with a checksum, through libzstd.
@safe final class ZstdEncoder: StreamEncoder {
  private let context: OpaquePointer
  private let output = CopyBuffer()

  /// Throws when libzstd has no memory.
  init() throws(ImageError) {
    guard let context = unsafe ZSTD_createCCtx() else {
      throw .system(operation: "compress", path: "zstd", errno: 0)
    }
    unsafe self.context = context
    _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
  }

  deinit { _ = unsafe ZSTD_freeCCtx(context) }

  func encode(
    _ input: UnsafeRawBufferPointer, isLast: Bool, _ sink: (UnsafeRawBufferPointer) throws(ImageError) -> Void
  ) throws(ImageError) {
    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    while true {
      let room = unsafe output.prefix(UInt64(CopyBuffer.byteCount))
      var target = unsafe ZSTD_outBuffer(dst: room.baseAddress, size: room.count, pos: 0)
      let left = unsafe ZSTD_compressStream2(context, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_continue)
      guard ZSTD_isError(left) == 0 else { throw .system(operation: "compress", path: "zstd", errno: 0) }
      if unsafe target.pos > 0 { unsafe try sink(UnsafeRawBufferPointer(rebasing: room[..<target.pos])) }
      if isLast ? left == 0 : unsafe source.pos == source.size { return }
    }
  }
}
