import FlashImages
import WireFormat

/// Shows the settings of memory that a preloader carries.
enum EMIText {
  /// `path` is that of a file of its own; `nil` inside of a preloader.
  static func show(_ block: EMIBlock, path: String?, on console: Console) {
    let words =
      "memory settings (EMI) version \(block.version), \(block.records.count) records, \(Units.bytes(UInt64(block.bytes.count)))"
      + (block.fileName.isEmpty ? "" : ", of \(block.fileName)")
    console.result(path.map { "\($0): \(words)" } ?? "  \(words)")
    for (index, record) in block.records.enumerated() { console.result("    \(index). \(line(record))") }
    console.event(
      "memorySettings",
      [
        "file": .optional(path), "version": .integer(Int64(block.version)), "offset": .unsigned(block.offset),
        "bytes": .integer(Int64(block.bytes.count)), "name": .string(block.fileName),
        "project": .optional(block.project), "statedRecords": .unsigned(UInt64(block.statedRecordCount)),
        "recordBytes": block.recordByteCount.map { .integer(Int64($0)) } ?? .null,
        "records": .array(block.records.map(members)),
      ])
  }

  private static func line(_ record: EMIRecord) -> String {
    let identity = record.identity.isEmpty ? "" : ", for \(Hex.string(record.identity, separator: " "))"
    return "\(record.memoryName), \(package(record))\(identity)" + (record.name.map { " “\($0)”" } ?? "")
  }

  private static func package(_ record: EMIRecord) -> String {
    switch record.package {
    case .discrete: "discrete"
    case .nand: "with NAND"
    case .emmc: "with eMMC"
    case .ufs: "with UFS"
    case .unknown(let kind): "package \(kind)"
    }
  }

  private static func members(_ record: EMIRecord) -> JSONValue {
    [
      "memory": .string(record.memoryName), "package": .string(package(record)),
      "identity": .string(Hex.string(record.identity)), "name": .optional(record.name),
    ]
  }
}
