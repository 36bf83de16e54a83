import FlashImages
import WireFormat

/// An image with a header that fits it.
struct TestImage {
  var data: [UInt8]
  var blocks: [FIASCOBlock]

  /// `byteCount` bytes that differ from block to block.
  init(_ type: String = "kernel", byteCount: Int = 3000, hash: UInt16? = nil, more: [FIASCOBlock] = []) {
    self.init(type, data: (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 9) }, hash: hash, more: more)
  }

  init(_ type: String, data: [UInt8], hash: UInt16? = nil, more: [FIASCOBlock] = []) {
    self.data = data
    var checksum = XORChecksum16()
    checksum.update(data.rawSpan)
    blocks =
      [.fileData(FIASCOFileData(name: type, size: UInt32(data.count), hash: hash ?? checksum.value))] + more
  }

  /// Form (a) of `docs/protocols/mkii.md` 9.3: the blocks and an end byte.
  var header: [UInt8] { headerBlocks + [0] }

  /// Form (b): the blocks alone.
  var headerBlocks: [UInt8] {
    var bytes: [UInt8] = []
    for block in blocks { block.serialize(into: &bytes) }
    return bytes
  }

  /// Form (c): as it stands in a FIASCO file.
  var headerOfFile: [UInt8] {
    let counted = [UInt8(blocks.count)] + headerBlocks
    var checksum = AdditiveChecksum8()
    checksum.update(counted)
    return [0x54] + counted + [0xFF - checksum.sum]
  }
}
