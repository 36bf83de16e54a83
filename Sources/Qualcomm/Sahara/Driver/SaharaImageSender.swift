import FlashCore
import FlashImages

/// The images that a device may ask for, and whom to tell how far they are.
struct SaharaImageSender: Sendable {
  var images: [LoaderSet.Image]
  var report: @Sendable (SaharaImageProgress) -> Void

  var sessionImages: [SaharaImageSession.Image] {
    images.map { SaharaImageSession.Image(id: $0.id.map(UInt64.init), byteCount: $0.byteCount) }
  }

  /// A range of an image as a stream: its bytes, then FF.
  func stream(_ range: SaharaImageRange) throws(ImageError) -> ImageStream {
    let image = images[range.image]
    return try ImageStream(
      SaharaRangeSource(
        bytes: image.bytes, offset: image.range.lowerBound + range.offset, length: range.length, padding: range.padding)
    )
  }
}

/// A range that a device has asked for, read from the file when it is sent.
private struct SaharaRangeSource: ImageSource {
  let bytes: any RandomAccessBytes
  let offset: UInt64
  let length: UInt64
  let padding: UInt64

  var byteCount: UInt64? { length + padding }

  func open() throws(ImageError) -> any ImageReader { Reader(source: self) }

  @safe private final class Reader: ImageReader {
    private let bytes: any RandomAccessBytes
    private nonisolated(unsafe) var position: UInt64
    private nonisolated(unsafe) var extents: [ImageExtent]

    init(source: SaharaRangeSource) {
      bytes = source.bytes
      unsafe position = source.offset
      let all: [ImageExtent] = [.data(length: source.length), .fill(FillPattern(byte: 0xFF), length: source.padding)]
      unsafe extents = all.filter { $0.length > 0 }.reversed()
    }

    func next() throws(ImageError) -> ImageExtent? { unsafe extents.popLast() }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ImageError) {
      unsafe try bytes.read(at: position, into: buffer)
      unsafe position += UInt64(buffer.count)
    }
  }
}
