import WireFormat

/// What can be said about images once all headers are read: F11 to F18 of `docs/protocols/fiasco.md` 11.
extension FIASCOReader {
  mutating func examine() throws(ImageError) {
    if images.isEmpty { try report(.noImages, at: tailStart) }
    for index in images.indices {
      try examineBlocks(of: index)
      try examineParts(of: index)
      try examineType(of: index)
    }
    try examineDuplicates()
  }

  /// F12, F13 and F18.
  private mutating func examineBlocks(of index: Int) throws(ImageError) {
    var offset = images[index].headerOffset + 2
    for block in images[index].blocks {
      switch block.block {
      case .device(let entry):
        for revision in entry.revisions where !Self.isNumber(revision) {
          try report(.oddRevision(text: revision), at: offset, image: index)
        }
      case .other(0x34, _): try report(.damagedBlock(type: 0x34, length: block.data.count), at: offset, image: index)
      case .other(FIASCOPartitionInfo.blockType, let data):
        if (try? FIASCOPartitionInfo(parsing: data.rawSpan)) == nil {
          try report(.damagedBlock(type: block.type, length: data.count), at: offset, image: index)
        }
      case .other(let type, let data):
        try report(.unknownBlock(type: type, length: data.count), at: offset, image: index)
      case .fileData, .version, .layout, .part: break
      }
      offset += UInt64(block.byteCount)
    }
  }

  /// A number 0…9999 in decimal digits.
  private static func isNumber(_ text: String) -> Bool {
    (1...8).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
      && (Int(text) ?? .max) <= 9999
  }

  /// F14: parts lie inside the data, in ascending order, without overlap; otherwise none of them counts.
  private mutating func examineParts(of index: Int) throws(ImageError) {
    var offset = images[index].headerOffset + 2
    var reached: UInt64 = 0
    var parts: [FIASCOPart] = []
    for block in images[index].blocks {
      if case .part(let part) = block.block {
        let (end, overflows) = part.offset.addingReportingOverflow(part.size)
        guard part.offset >= reached, !overflows, end <= images[index].size else {
          return try report(
            .misplacedPart(name: part.name, offset: part.offset, size: part.size), at: offset, image: index)
        }
        reached = end
        parts.append(part)
      }
      offset += UInt64(block.byteCount)
    }
    images[index].parts = parts
  }

  /// F11 and F16.
  private mutating func examineType(of index: Int) throws(ImageError) {
    let image = images[index]
    if !image.isKnownType { try report(.unknownType(name: image.type), at: image.headerOffset + 9, image: index) }
    let sample = try cursor.bytes.bytes(
      at: image.dataOffset, atMost: Int(min(image.availableByteCount, UInt64(RawImageKind.sampleByteCount))),
      length: cursor.length)
    images[index].detectedKind = RawImageKind.detect(sample.rawSpan, byteCount: image.size)
    if let detected = images[index].detectedKind, detected.rawValue != image.type {
      try report(.typeDiffers(named: image.type, detected: detected), at: image.dataOffset, image: index)
    }
  }

  /// F17: the same type for the same devices and revisions, with data that surely differ. Whether data with equal size
  /// and hash differ can only be told by reading them (`FIASCOFile.haveSameData`).
  private mutating func examineDuplicates() throws(ImageError) {
    struct Purpose: Hashable {
      var type: String
      var devices: Set<[String]>
    }
    var first: [Purpose: Int] = [:]
    for (index, image) in images.enumerated() {
      let devices = Dictionary(grouping: image.devices, by: \.device)
        .map { device, entries in [device] + Set(entries.flatMap(\.revisions)).sorted() }
      let purpose = Purpose(type: image.type, devices: Set(devices))
      guard let other = first[purpose] else {
        first[purpose] = index
        continue
      }
      let (one, two) = (images[other].fileData, image.fileData)
      if one.hash != two.hash || one.size != two.size {
        try report(.duplicateImage(type: image.type, other: other), at: image.headerOffset, image: index)
      }
    }
  }
}
