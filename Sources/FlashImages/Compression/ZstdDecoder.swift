import CZstd
import WireFormat

/// Zstandard frames (RFC 8878) through libzstd, which checks sizes and checksums and skips skippable frames.
@safe final class ZstdDecoder: Decoder {
  private nonisolated(unsafe) let stream: OpaquePointer
  private let memoryLimit: UInt64
  /// The first bytes of the frame at hand: how large a window it wants, and how large its content is to be.
  private nonisolated(unsafe) var frameStart: [UInt8] = []
  /// What has come out of the frame at hand.
  private nonisolated(unsafe) var frameByteCount: UInt64 = 0

  /// The longest frame header.
  private static let headerByteCount = 18

  init(memoryLimit: UInt64) throws(CompressionDefect) {
    self.memoryLimit = memoryLimit
    guard let created = unsafe ZSTD_createDStream() else { throw .memory(needed: 0, limit: memoryLimit) }
    unsafe stream = created
    // The largest power of two within the limit; libzstd knows windows from 2^10 to 2^31 bytes.
    let bits = UInt64.bitWidth - 1 - max(1 << 10, memoryLimit).leadingZeroBitCount
    let result = unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Int32(min(31, bits)))
    guard ZSTD_isError(result) == 0 else { throw .corrupt(reason: Self.name(of: result)) }
  }

  deinit { _ = unsafe ZSTD_freeDStream(stream) }

  func reset() throws(CompressionDefect) {
    unsafe frameStart = []
    unsafe frameByteCount = 0
    _ = unsafe ZSTD_DCtx_reset(stream, ZSTD_reset_session_only)
  }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer, inputEnds: Bool
  ) throws(CompressionDefect) -> DecoderStep {
    let known = unsafe frameStart.count
    unsafe frameStart += input.prefix(Self.headerByteCount - known)
    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let result = unsafe ZSTD_decompressStream(stream, &target, &source)
    guard ZSTD_isError(result) == 0 else { throw defect(result) }
    unsafe frameStart.removeLast(max(0, frameStart.count - known - source.pos))
    unsafe frameByteCount += UInt64(target.pos)
    if result == 0 { try requireContentByteCount() }
    return unsafe DecoderStep(consumed: source.pos, produced: target.pos, endsMember: result == 0)
  }

  /// libzstd 1.5 lets a frame end too early when its last block is an empty raw one and the output came in pieces.
  private func requireContentByteCount() throws(CompressionDefect) {
    // UInt64.max when the header does not say, UInt64.max - 1 when it is none; a skippable frame has 0.
    let stated = unsafe frameStart.withUnsafeBytes { unsafe ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    guard stated < UInt64.max - 1, unsafe stated != frameByteCount else { return }
    throw .corrupt(reason: "frame of \(unsafe frameByteCount) bytes where its header says \(stated)")
  }

  private func defect(_ result: Int) -> CompressionDefect {
    switch ZSTD_getErrorCode(result) {
    case ZSTD_error_frameParameter_windowTooLarge: .memory(needed: windowByteCount ?? 0, limit: memoryLimit)
    case ZSTD_error_memory_allocation: .memory(needed: 0, limit: memoryLimit)
    default: .corrupt(reason: Self.name(of: result))
    }
  }

  private static func name(of result: Int) -> String {
    guard let name = unsafe ZSTD_getErrorName(result) else { return "zstd error" }
    return unsafe String(cString: name)
  }

  /// The window that the frame's header names; RFC 8878, 3.1.1.1.
  private var windowByteCount: UInt64? {
    let start = unsafe frameStart
    guard start.count >= 6 else { return nil }
    let descriptor = start[4]
    // A frame in a single segment has its content's size in place of a window.
    guard descriptor & 0x20 == 0 else { return Self.contentByteCount(start, descriptor) }
    let exponent = UInt64(start[5] >> 3)
    let base = UInt64(1) << (10 + exponent)
    return base + base / 8 * UInt64(start[5] & 7)
  }

  /// The content's size, behind the dictionary's number; in a field of 1, 2 (less 256), 4 or 8 bytes.
  private static func contentByteCount(_ start: [UInt8], _ descriptor: UInt8) -> UInt64? {
    let offset = 5 + [0, 1, 2, 4][Int(descriptor & 3)]
    let width = [1, 2, 4, 8][Int(descriptor >> 6)]
    guard start.count >= offset + width else { return nil }
    let value = start[offset..<offset + width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return width == 2 ? value + 256 : value
  }
}
