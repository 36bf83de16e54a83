import FlashImages

extension FIASCOText {
  /// The members of an `image` event.
  static func members(
    _ image: FIASCOImage, number: Int, hash: FIASCOFile.HashState?
  ) -> [(key: String, value: JSONValue)] {
    [
      (key: "image", value: .integer(Int64(number))), (key: "type", value: .string(image.type)),
      (key: "version", value: .optional(image.version)), (key: "bytes", value: .unsigned(image.size)),
      (key: "offset", value: .unsigned(image.dataOffset)), (key: "headerOffset", value: .unsigned(image.headerOffset)),
      (key: "hash", value: .string(hex(image.fileData.hash, 4))), (key: "hashState", value: .string(word(hash))),
      (key: "checksum", value: .string(hex(image.storedChecksum, 2))),
      (key: "checksumState", value: .string(word(image.checksum))),
      (key: "devices", value: .array(image.devices.map(json))),
      (key: "layout", value: .optional(image.layout.map { String(decoding: $0, as: UTF8.self) })),
      (key: "parts", value: .array(image.parts.map(json))),
      (key: "truncated", value: .bool(image.isTruncated)), (key: "knownType", value: .bool(image.isKnownType)),
      (key: "detected", value: .optional(image.detectedKind?.rawValue)),
    ]
  }

  private static func json(_ entry: FIASCODeviceEntry) -> JSONValue {
    ["device": .string(entry.device), "revisions": .array(entry.revisions.map(JSONValue.string))]
  }

  private static func json(_ part: FIASCOPart) -> JSONValue {
    ["offset": .unsigned(part.offset), "bytes": .unsigned(part.size), "name": .string(part.name)]
  }
}
