import FlashImages

@testable import USBTransport

/// An image in memory; with `failing`, reading fails at that byte.
struct ArraySource: ImageSource {
  var bytes: [UInt8]
  var failing: Int?

  var byteCount: UInt64? { UInt64(bytes.count) }
  func open() throws(ImageError) -> any ImageReader { ArrayReader(self) }

  /// Bytes that tell where they belong.
  static func counting(_ count: Int) -> ArraySource {
    ArraySource(bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
  }
}

private final class ArrayReader: ImageReader {
  private let source: ArraySource
  private let state = Locked((isBegun: false, position: 0))

  init(_ source: ArraySource) { self.source = source }

  func next() throws(ImageError) -> ImageExtent? {
    state.withLock { state in
      defer { state.isBegun = true }
      return state.isBegun || source.bytes.isEmpty ? nil : .data(length: UInt64(source.bytes.count))
    }
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
    let position = state.withLock { state in
      defer { state.position += buffer.count }
      return state.position
    }
    if let failing = source.failing, position + buffer.count > failing {
      throw .shortRead(path: "image", offset: UInt64(position), expected: UInt64(buffer.count))
    }
    buffer.copyBytes(from: source.bytes[position..<position + buffer.count])
  }
}
