import FlashCore
import FlashImages
import Glibc

/// Memory that data moves through between a file and a device: used by one transfer or one task at a time, and again
/// for the next.
@safe final class TransferBuffer: Sendable {
  let capacity: Int
  /// Only the transfer or the task whose turn it is touches what this points to; the pointer itself never changes.
  nonisolated(unsafe) let base: UnsafeMutableRawPointer
  private let release: @Sendable (UnsafeMutableRawPointer) -> Void

  /// Takes over memory that `release` gives back.
  @unsafe init(
    base: UnsafeMutableRawPointer, capacity: Int, release: @escaping @Sendable (UnsafeMutableRawPointer) -> Void
  ) {
    unsafe self.base = base
    self.capacity = capacity
    unsafe self.release = release
  }

  /// Ordinary memory; `nil` when there is none left.
  convenience init?(capacity: Int) {
    guard let base = unsafe malloc(max(1, capacity)) else { return nil }
    unsafe self.init(base: base, capacity: capacity) { unsafe free($0) }
  }

  deinit { unsafe release(base) }

  /// A copy of the first `count` bytes.
  func bytes(_ count: Int, from offset: Int = 0) -> [UInt8] {
    let end = min(capacity, offset + count)
    return unsafe [UInt8](UnsafeRawBufferPointer(start: base + offset, count: max(0, end - offset)))
  }

  /// Copies `bytes` in, from `offset` on, as far as they fit.
  func store(_ bytes: [UInt8], at offset: Int = 0) {
    let room = unsafe UnsafeMutableRawBufferPointer(start: base + offset, count: max(0, capacity - offset))
    unsafe room.copyBytes(from: bytes.prefix(room.count))
  }

  /// Reads the next bytes of an image straight into this memory: as many as fit, at most `limit`, and not beyond
  /// `byteCount`, of which `position` have been read before. Returns how many.
  func fill(
    from image: ImageStream, upTo limit: Int, position: UInt64, of byteCount: UInt64
  ) throws(StreamError) -> Int {
    let wanted = Int(min(UInt64(min(limit, capacity)), byteCount - position))
    let filled: Int
    do throws(ImageError) {
      filled = try unsafe image.read(into: UnsafeMutableRawBufferPointer(start: base, count: wanted))
    } catch {
      throw .image(error)
    }
    guard filled == wanted else {
      throw .image(.shortRead(path: "", offset: position + UInt64(filled), expected: byteCount))
    }
    return filled
  }

  /// Hands the first `count` bytes on where they lie.
  func hand(_ count: Int, to consumer: any StreamConsumer) throws(StreamError) {
    let bytes = unsafe UnsafeRawBufferPointer(start: base, count: min(max(0, count), capacity))
    do throws(ImageError) { try consumer.consume(unsafe bytes.bytes) } catch { throw .image(error) }
  }
}
