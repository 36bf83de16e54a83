public import FlashCore
import FlashImages
import WireFormat

/// Reads the data of planned writes and compares length and hash with the headers that would be sent.
public enum MkIIImageCheck {
  /// Bytes of the one buffer that a pass uses.
  static let bufferByteCount = 1 << 20

  /// Checks one write; the device does the same after the transfer, when it is too late.
  ///
  /// Throws `hashMismatch`, `lengthChanged`, `file` or `invalidStep`; `cancelled` as soon as the task is.
  public static func verify(_ write: FlashPlan.Write) throws(MkIIError) {
    let (order, expected) = try write.mkIIOrder()
    let found: (hash: UInt16, byteCount: UInt64)
    do throws(ImageError) { found = try scan(try write.image.source()) } catch {
      throw error == .cancelled ? .cancelled : .file(error)
    }
    guard found.byteCount == UInt64(order.byteCount) else {
      throw .lengthChanged(image: write.name, planned: write.byteCount, found: found.byteCount)
    }
    guard found.hash == expected else {
      throw .hashMismatch(image: write.name, path: write.image.path, offset: write.image.offset)
    }
  }

  /// Hash and length of an image in one pass.
  static func scan(_ source: some ImageSource) throws(ImageError) -> (hash: UInt16, byteCount: UInt64) {
    let stream = try ImageStream(source)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bufferByteCount, alignment: 4096)
    defer { unsafe buffer.deallocate() }
    var checksum = XORChecksum16()
    var byteCount: UInt64 = 0
    while true {
      if Task.isCancelled { throw .cancelled }
      let count = try unsafe stream.read(into: buffer)
      guard count > 0 else { return (checksum.value, byteCount) }
      unsafe checksum.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]).bytes)
      byteCount += UInt64(count)
    }
  }
}
