import SystemPackage

extension FileDescriptor {
  /// Writes a range of `bytes` whole, the first byte of `bytes` being at `offset` of the file.
  func writeAll(
    _ bytes: RawSpan, _ range: Range<Int>, at offset: UInt64, path: String
  ) throws(SimulatorError) {
    var position = range.lowerBound
    while position < range.upperBound {
      let piece = bytes.extracting(position..<range.upperBound)
      let target = Int64(clamping: offset) + Int64(position)
      do {
        position += try unsafe piece.withUnsafeBytes { buffer in
          try unsafe writeAll(toAbsoluteOffset: target, buffer)
        }
      } catch {
        throw .storage(operation: "write", path: path, errno: (error as? Errno ?? .ioError).rawValue)
      }
    }
  }
}
