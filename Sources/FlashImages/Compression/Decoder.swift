/// A library's decoder, fed with pieces of a compressed file. Used by one task at a time.
protocol Decoder: AnyObject, Sendable {
  /// Takes some of `input` in and puts some bytes into `output`.
  ///
  /// `inputEnds` says that the file ends with `input`.
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, inputEnds: Bool
  ) throws(CompressionDefect) -> DecoderStep

  /// Gets ready for another member (gzip) or frame (zstd, lz4) of the same file.
  func reset() throws(CompressionDefect)
}

/// What one call of a decoder did.
struct DecoderStep: Equatable, Sendable {
  var consumed: Int
  var produced: Int
  /// A member or frame is complete, checksum included.
  var endsMember: Bool
}

extension CompressionFormat {
  /// A decoder for this format; throws `unsupported` where there is none.
  func decoder(_ limits: DecompressionLimits) throws(CompressionDefect) -> any Decoder {
    switch self {
    case .gzip: try GzipDecoder()
    case .xz: try XZDecoder(memoryLimit: limits.memoryByteCount)
    case .zstd: try ZstdDecoder(memoryLimit: limits.memoryByteCount)
    case .lz4: try LZ4Decoder()
    case .lz4Legacy, .bzip2: throw .unsupported
    }
  }
}
