import FlashImages
import WireFormat

/// A container and its images as lines for people and as members of JSON objects (docs/json.md).
enum FIASCOText {
  static func heading(_ file: FIASCOFile) -> String {
    let count = file.images.count
    return "\(file.path): FIASCO" + (file.name.map { " “\($0)”" } ?? "")
      + (file.release.map { ", release \($0)" } ?? "")
      + ", \(count == 1 ? "1 image" : "\(count) images"), \(Units.bytes(file.length))"
  }

  static func members(_ file: FIASCOFile) -> [(key: String, value: JSONValue)] {
    [
      (key: "file", value: .string(file.path)), (key: "format", value: "fiasco"),
      (key: "name", value: .optional(file.name)), (key: "release", value: .optional(file.release)),
      (key: "bytes", value: .unsigned(file.length)), (key: "images", value: .integer(Int64(file.images.count))),
      (key: "trailingBytes", value: .unsigned(file.tail.upperBound - file.tail.lowerBound)),
    ]
  }

  /// `firmware.fiasco: offset 0x37, kernel: F10 data hash wrong (computed 0x06B9, stored 0x06B8)`.
  static func sentence(_ finding: FIASCOFinding, in file: FIASCOFile) -> String {
    let image = finding.image.flatMap {
      file.images.indices.contains($0) ? "image \($0 + 1) (\(file.images[$0].type))" : nil
    }
    let facts = finding.facts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    return "\(file.path): offset \(Diagnostic.hex(finding.offset))" + (image.map { ", \($0)" } ?? "")
      + ": \(finding.code) \(finding.term)" + (facts.isEmpty ? "" : " (\(facts))")
  }

  /// The first line says what the image is, the others what else its header holds.
  static func lines(
    _ image: FIASCOImage, number: Int, hash: FIASCOFile.HashState?, isVerbose: Bool
  ) -> [String] {
    var lines = ["  \(number). \(image.type)" + (image.version.map { ", version \($0)" } ?? "") + devices(of: image)]
    let seen = image.detectedKind.map { $0.rawValue == image.type ? "" : ", looks like \($0.rawValue)" } ?? ""
    lines.append(
      "     \(image.size) bytes at offset \(Diagnostic.hex(image.dataOffset)), hash \(hex(image.fileData.hash, 4)) "
        + "\(word(hash)), checksum \(hex(image.storedChecksum, 2)) \(word(image.checksum))" + seen)
    // A part without a name that is everything says nothing.
    if image.parts.count > 1 || image.parts.contains(where: { !$0.name.isEmpty || $0.size != image.size }) {
      for (index, part) in image.parts.enumerated() {
        lines.append(
          "     part \(index + 1): \(part.size) bytes at \(part.offset)" + (part.name.isEmpty ? "" : ", \(part.name)"))
      }
    }
    if let layout = image.layout {
      lines.append("     layout:")
      lines += String(decoding: layout, as: UTF8.self).split(separator: "\n").map { line in
        "       " + line.map { $0 == "\t" ? "  " : String($0) }.joined()
      }
    }
    for entry in image.partitionInfo?.entries ?? [] { lines.append("     " + partition(entry)) }
    if isVerbose { lines += unknownBlocks(of: image) }
    return lines
  }

  /// `, for RX-51 (2101, 2102) and RX-44`.
  private static func devices(of image: FIASCOImage) -> String {
    let names = image.devices.map { entry in
      entry.device + (entry.revisions.isEmpty ? "" : " (\(entry.revisions.joined(separator: ", ")))")
    }
    return names.isEmpty ? "" : ", for " + names.joined(separator: " and ")
  }

  private static func partition(_ entry: FIASCOPartitionInfo.Entry) -> String {
    let names: [UInt8: String] = [3: "kernel", 4: "initfs", 5: "rootfs"]
    let access = [1: "read/write", 2: "read-only"][entry.attribute] ?? "attribute \(entry.attribute)"
    return "NAND partition \(names[entry.type] ?? "type \(entry.type)"): "
      + (entry.size == 0 ? "the space left" : "\(entry.size) bytes") + ", \(access)"
  }

  private static func unknownBlocks(of image: FIASCOImage) -> [String] {
    image.blocks.compactMap { block in
      guard case .other(let type, let data) = block.block, type != FIASCOPartitionInfo.blockType else { return nil }
      return "     block \(hex(type, 2)): \(Hex.string(data, separator: " "))"
    }
  }

  static func hex(_ value: some BinaryInteger, _ width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  static func word(_ hash: FIASCOFile.HashState?) -> String {
    switch hash {
    case .valid: "ok"
    case .wrong: "bad"
    case .truncated: "truncated"
    case nil: "unchecked"
    }
  }

  static func word(_ checksum: FIASCOImage.ChecksumState) -> String {
    switch checksum {
    case .valid: "ok"
    case .notComputed: "none"
    case .wrong: "bad"
    }
  }
}
