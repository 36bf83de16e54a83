/// Compresses bytes into a file as they come. Used by one task at a time.
@safe public final class CompressedOutput: Sendable {
  /// The forms that are written.
  public enum Format: String, CaseIterable, Equatable, Sendable {
    case gzip = "gz"
    case zstd = "zst"
  }

  private let file: OutputFile
  private nonisolated(unsafe) let encoder: any StreamEncoder

  /// `finish` ends the file, which is not committed here.
  public init(_ file: OutputFile, _ format: Format) throws(ImageError) {
    self.file = file
    switch format {
    case .gzip: unsafe encoder = try DeflateEncoder(isGzip: true)
    case .zstd: unsafe encoder = try ZstdEncoder()
    }
  }

  public func append(_ buffer: UnsafeRawBufferPointer) throws(ImageError) {
    guard buffer.count > 0 else { return }
    unsafe try encoder.encode(buffer, isLast: false) { bytes throws(ImageError) in unsafe try file.append(bytes) }
  }

  /// Writes what is left. Nothing may be appended afterwards.
  public func finish() throws(ImageError) {
    let nothing = unsafe UnsafeRawBufferPointer(start: nil, count: 0)
    unsafe try encoder.encode(nothing, isLast: true) { bytes throws(ImageError) in unsafe try file.append(bytes) }
  }
}
