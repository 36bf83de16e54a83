import FlashImages

/// Shows a sparse image on the console.
enum SparseReport {
  static func show(_ note: SparseNote, of path: String, on console: Console) {
    console.warning("\(path): \(SparseText.sentence(note))")
    console.event(
      "notice", ["code": .string(SparseText.code(note)), "facts": .object([(key: "file", value: .string(path))])])
  }

  static func show(_ summary: SparseSummary, of path: String, on console: Console) {
    let header = summary.header
    func count(_ kind: SparseChunkKind) -> UInt64 { summary.chunkCounts[kind, default: 0] }
    console.result(
      "  sparse: \(header.blockCount) blocks of \(header.blockByteCount) bytes in \(header.chunkCount) chunks, "
        + "\(Units.bytes(header.expandedByteCount)) expanded")
    console.result(
      "  \(count(.raw)) RAW (\(Units.bytes(summary.dataByteCount))), "
        + "\(count(.fill)) FILL (\(Units.bytes(summary.fillByteCount))), "
        + "\(count(.dontCare)) DON'T CARE (\(Units.bytes(summary.skipByteCount))), \(count(.crc32)) CRC32"
        + (summary.verifiedChecksumCount > 0 ? "; checksums right" : ""))
    console.event(
      "sparse",
      [
        "blockSize": .unsigned(UInt64(header.blockByteCount)), "blocks": .unsigned(UInt64(header.blockCount)),
        "chunks": .unsigned(UInt64(header.chunkCount)), "raw": .unsigned(count(.raw)),
        "fill": .unsigned(count(.fill)), "dontCare": .unsigned(count(.dontCare)), "crc32": .unsigned(count(.crc32)),
        "dataBytes": .unsigned(summary.dataByteCount), "fillBytes": .unsigned(summary.fillByteCount),
        "skipBytes": .unsigned(summary.skipByteCount),
        "checksumsVerified": .integer(Int64(summary.verifiedChecksumCount)),
      ])
    for note in summary.notes { show(note, of: path, on: console) }
  }
}
