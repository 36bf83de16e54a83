import WireFormat

/// The system partition table of a raw NAND, in the MIBIB block. Source: `docs/protocols/qualcomm-packages.md` 7.2, and
/// `docs/protocols/firehose.md` 10 for where it lies.
struct NANDTable {
  var partitions: [EDLLayout.Partition]
  var pageByteCount: UInt64
  var pagesPerBlock: UInt64
  var pageCount: UInt64

  /// The page of the MIBIB header, the first place where tools look.
  static let page: UInt64 = 0x280

  func write(to file: SectionFile) throws(SimulatorError) {
    guard pageCount > Self.page + pagesPerBlock else { return }
    // The first pages are the preamble that tells the boot ROM the page size.
    var preamble: [UInt8] = []
    for word in [0x844B_DCD1, 0x73D7_1034, 0x7D0B_435A] as [UInt32] { preamble.append(littleEndian: word) }
    try file.write(preamble.rawSpan, at: 0)
    let entries = placed
    for (page, bytes) in [header, systemTable(entries), userTable(entries), checksumPage].enumerated() {
      try file.write(padded(bytes).rawSpan, at: (Self.page + UInt64(page)) * pageByteCount)
    }
  }

  private struct Placed {
    var name: String
    var first: UInt32
    var count: UInt32
  }

  /// The partitions in erase blocks, one after the other; what does not fit is left out.
  private var placed: [Placed] {
    let block = pageByteCount * pagesPerBlock
    let total = pageCount / pagesPerBlock
    var next: UInt64 = 0
    var result: [Placed] = []
    for partition in partitions where next < total {
      let count = partition.byteCount.map { max(1, ($0 + block - 1) / block) } ?? total - next
      let fitting = min(count, total - next)
      result.append(Placed(name: partition.name, first: UInt32(next), count: UInt32(fitting)))
      next += fitting
    }
    return result
  }

  private func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0xFF, count: max(0, Int(pageByteCount) - bytes.count))
  }

  private func words(_ words: [UInt32]) -> [UInt8] {
    var bytes: [UInt8] = []
    for word in words { bytes.append(littleEndian: word) }
    return bytes
  }

  private var header: [UInt8] { words([0xFE56_9FAC, 0xCD7F_127A, 4, 1]) }

  private func systemTable(_ entries: [Placed]) -> [UInt8] {
    var bytes = words([0x55EE_73AA, 0xE35E_BDDB, 4, UInt32(entries.count)])
    for entry in entries {
      bytes.append(entry.name, paddedTo: 16)
      bytes += words([entry.first, entry.count]) + [0xFF, 0x01, 0x00, 0x00]
    }
    return bytes
  }

  private func userTable(_ entries: [Placed]) -> [UInt8] {
    var bytes = words([0xAA7D_1B9A, 0x1F7D_48BC, 4, UInt32(entries.count)])
    for entry in entries {
      bytes.append(entry.name, paddedTo: 16)
      bytes += words([entry.count, 0]) + [0xFF, 0x01, 0x00, 0xFE]
    }
    return bytes
  }

  /// The checksum over the two pages before, as the standard patch `CRC32(0,4096)` computes it over header and table.
  private var checksumPage: [UInt8] {
    let entries = placed
    let covered = padded(header) + padded(systemTable(entries))
    return words([0x9D41_BEA1, 0xF1DE_D2EA, 1, CRC32(of: covered.rawSpan).value])
  }
}
