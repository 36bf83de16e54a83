import Digests
import FlashImages

/// Shows an image file that is no FIASCO container: its layers, what it holds, and what is odd about it.
struct ImageFileReport {
  let path: String
  let options: ImageFile.Options
  let console: Console

  /// Whether a file is to be read as a FIASCO container: by its first byte, and because nothing else fits.
  static func isContainer(_ path: String) throws -> Bool {
    let file = try RegularFile(path: path)
    let length = try file.length()
    guard length > 0 else { return true }
    return try file.bytes(at: 0, count: 1) == [0xB4]
  }

  /// Looks through all of the file. With `showsSHA256` the digest of the expanded image is shown, skips as zeros.
  func inspect(showsSHA256: Bool) throws {
    let file = try ImageFile(path: path, options: options)
    var measured = file
    let progress = FileProgress("check", total: file.sparse == nil ? 0 : file.fileByteCount, console: console)
    var summary: SparseSummary?
    if let sparse = file.sparse {
      summary = try SparseCheck(mode: options.mode).run(sparse) { progress.advance(to: $0) }
    } else {
      measured = try file.measured { progress.advance(to: $0) }
    }
    var digest: String?
    if showsSHA256 {
      var sha256 = SHA256Digest()
      _ = try unsafe ImageScan(measured.source, onBytes: { bytes in unsafe sha256.update(bytes) })
      digest = sha256.hexadecimal()
    }
    progress.end()
    show(measured, digest: digest)
    if let summary { SparseReport.show(summary, of: path, on: console) }
    try showPartitionTable(of: measured)
  }

  private func show(_ file: ImageFile, digest: String?) {
    let size = file.source.byteCount ?? 0
    let layers = [file.compression?.rawValue, file.sparse == nil ? "raw" : "sparse"].compactMap { $0 }
    console.result(
      "\(path): \(layers.joined(separator: ", ")) image, \(Units.bytes(file.fileByteCount))"
        + (size == file.fileByteCount ? "" : ", \(Units.bytes(size)) expanded"))
    if let kind = file.content.kind { console.result("  holds: \(Self.words(kind, file.content))") }
    if let digest { console.result("  SHA-256 \(digest)") }
    console.event(
      "imageFile",
      [
        "file": .string(path), "bytes": .unsigned(file.fileByteCount),
        "compression": .optional(file.compression?.rawValue), "format": file.sparse == nil ? "raw" : "sparse",
        "expandedBytes": .unsigned(size), "content": .optional(file.content.kind?.rawValue),
        "headerVersion": file.content.headerVersion.map { .unsigned(UInt64($0)) } ?? .null,
        "fileSystemBytes": file.content.fileSystemByteCount.map(JSONValue.unsigned) ?? .null,
        "verifiedBootBytes": file.content.verifiedBootByteCount.map(JSONValue.unsigned) ?? .null,
        "sha256": .optional(digest),
      ])
    if let needed = file.content.fileSystemByteCount, needed > size {
      console.warning("\(path): the file system has \(needed) bytes, and the image only \(size): it is cut off")
      console.event(
        "notice",
        ["code": "file-system-cut-off", "facts": ["file": .string(path), "fileSystemBytes": .string("\(needed)")]])
    }
  }

  private static func words(_ kind: ContentKind, _ content: ImageContent) -> String {
    var words = ContentText.name(kind)
    if let version = content.headerVersion { words += ", header version \(version)" }
    if let size = content.fileSystemByteCount { words += " of \(Units.bytes(size))" }
    if let size = content.verifiedBootByteCount { words += ", \(Units.bytes(size)) and a verified-boot footer" }
    return words
  }

  /// Partition tables are looked at in files as they are; inside compression nothing can be looked at out of order.
  private func showPartitionTable(of file: ImageFile) throws {
    guard file.compression == nil, file.sparse == nil else { return }
    let bytes = try RegularFile(path: path)
    if let table = try? GPTFile(reading: bytes), table.isAlone(in: file.fileByteCount) {
      GPTReport(path: path, console: console).show(table)
    } else if let disk = try? GPTDisk(reading: bytes) {
      GPTReport(path: path, console: console).show(disk)
    } else if file.content.kind == .mbr, let mbr = try MBRPartitions(reading: bytes, sectorByteCount: 512) {
      GPTReport(path: path, console: console).show(mbr)
    }
  }
}
