/// Bytes in memory that are read like a file: what a device received, a fuzzer made up, or a program composed.
public struct MemoryBytes: RandomAccessBytes, Equatable {
  public let path: String
  private let content: [UInt8]

  /// `path` is what errors call these bytes.
  public init(_ content: [UInt8], path: String = "memory") {
    self.content = content
    self.path = path
  }

  public func length() throws(ImageError) -> UInt64 { UInt64(content.count) }

  public func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    let available = UInt64(content.count)
    guard offset <= available, available - offset >= UInt64(buffer.count) else {
      throw .shortRead(path: path, offset: offset, expected: UInt64(buffer.count))
    }
    unsafe buffer.copyBytes(from: content[Int(offset)..<Int(offset) + buffer.count])
  }
}
