import FlashImages
import WireFormat

/// The status codes the simulated RX-51 answers with. Source: `docs/protocols/mkii.md` 11.1.
enum RX51Status: UInt8 {
  case success = 0x00
  case general = 0x01
  case noSuchItem = 0x02
  case wrongState = 0x03
  case malformed = 0x04
  case unsupportedImage = 0x05
  case mismatch = 0x0A
}

/// The data of IMAGE_HEADER, in any of the three forms a simulator must accept. Source: `docs/protocols/mkii.md` 9.3.
struct RX51ImageHeader: Equatable, Sendable {
  var file: FIASCOFileData
  /// All blocks, the first included.
  var blocks: [FIASCOBlock]
  /// As it arrived.
  var bytes: [UInt8]

  struct Malformed: Error {}

  private static let signature: UInt8 = 0x54

  /// Accepts blocks with an end byte, blocks alone, and signature, count, blocks and checksum.
  init(parsing data: [UInt8]) throws(Malformed) {
    bytes = data
    if data.first == Self.signature {
      guard data.count >= 3 else { throw Malformed() }
      blocks = try Self.blocks(Array(data[2..<data.count - 1]))
      guard blocks.count == Int(data[1]), Self.isIntact(data) else { throw Malformed() }
    } else {
      blocks = try Self.blocks(data.last == 0 ? Self.withoutEndByte(data) : data)
    }
    guard case .fileData(let file) = blocks.first, file.size > 0, !file.isEndMarker else { throw Malformed() }
    self.file = file
  }

  /// The last byte is the end byte, and not a block's own zero, exactly when the blocks fill the rest.
  private static func withoutEndByte(_ data: [UInt8]) -> [UInt8] {
    (try? blocks(data)) == nil ? Array(data.dropLast()) : data
  }

  private static func blocks(_ bytes: [UInt8]) throws(Malformed) -> [FIASCOBlock] {
    var blocks: [FIASCOBlock] = []
    var offset = 0
    while offset < bytes.count {
      do {
        let (block, end) = try FIASCOBlock.parse(bytes.rawSpan, at: offset)
        blocks.append(block)
        offset = end
      } catch { throw Malformed() }
    }
    return blocks
  }

  /// The checksum of `docs/protocols/fiasco.md` 5.1; zero stands for "not computed".
  private static func isIntact(_ data: [UInt8]) -> Bool {
    guard let stored = data.last, stored != 0 else { return true }
    var checksum = AdditiveChecksum8()
    checksum.update(data[1..<data.count - 1])
    return 0xFF - checksum.sum == stored
  }

  /// Whether the image may go into this device: no entry means any device, an entry without revisions any revision.
  func suits(device: String, revision: String) -> Bool {
    let entries = blocks.compactMap { block in if case .device(let entry) = block { entry } else { nil } }
    return entries.isEmpty
      || entries.contains { $0.device == device && ($0.revisions.isEmpty || $0.revisions.contains(revision)) }
  }
}
