import FlashImages
import WireFormat

/// What `TYPE.json` says about a stored image: what the host announced, and the checksum of what arrived.
struct RX51ImageRecord {
  let header: RX51ImageHeader
  let hash: UInt16

  var json: String {
    let fixed: [(key: String, value: JSONText)] = [
      ("type", .text(header.file.name)),
      ("size", .number(UInt64(header.file.size))),
      ("hash", .text(Hex.string([UInt8(hash >> 8), UInt8(hash & 0xFF)]))),
    ]
    return JSONText.object(
      fixed + described + [("devices", .array(devices)), ("parts", .array(parts)), ("header", headerText)]
    ).document
  }

  private var headerText: JSONText { .text(Hex.string(header.bytes)) }

  /// Version and layout, where the header has them.
  private var described: [(key: String, value: JSONText)] {
    header.blocks.compactMap { block in
      switch block {
      case .version(let text): ("version", .text(text))
      case .layout(let text): ("layout", .text(String(decoding: text, as: UTF8.self)))
      default: nil
      }
    }
  }

  private var devices: [JSONText] {
    header.blocks.compactMap { block in
      guard case .device(let entry) = block else { return nil }
      return .object([
        ("device", .text(entry.device)), ("revisions", .array(entry.revisions.map { .text($0) })),
      ])
    }
  }

  private var parts: [JSONText] {
    header.blocks.compactMap { block in
      guard case .part(let part) = block else { return nil }
      return .object([("name", .text(part.name)), ("offset", .number(part.offset)), ("size", .number(part.size))])
    }
  }
}
