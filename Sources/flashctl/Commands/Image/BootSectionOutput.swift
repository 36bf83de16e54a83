import FlashImages

/// Writes a preloader with the header that an eMMC's boot section has in front of it, as a dump of one begins.
///
/// A header that the file has already is made anew. Source: `docs/protocols/mtk-da-file.md` 6.1.
struct BootSectionOutput {
  let work: ImageOutput

  func write() throws {
    let path = work.files.inputs[0]
    guard work.files.inputs.count == 1, case .preloader(let preloader)? = try MediaTekFile(path: path) else {
      throw Diagnostic(
        code: "image.no-preloader", message: "\(path): no preloader, and only one goes into a boot section",
        remedy: "`flashctl image inspect` shows what a file is", exitStatus: .badData, step: "convert")
    }
    guard !preloader.isTruncated else {
      throw ImageError.shortRead(path: path, offset: preloader.offset, expected: UInt64(preloader.info.fileByteCount))
    }
    let range = preloader.loaderRange
    guard let header = BootSectionHeader.emmc(loaderByteCount: range.count) else {
      throw ImageError.tooLarge(path: path, byteCount: UInt64(range.count))
    }
    try work.write("write", total: UInt64(header.count + range.count)) { file, progress in
      try file.append(header)
      var offset = range.lowerBound
      while offset < range.upperBound {
        guard !Task.isCancelled else { throw ImageError.cancelled }
        let piece = try preloader.bytes.bytes(at: offset, atMost: 1 << 20, length: range.upperBound)
        try file.append(piece)
        offset += UInt64(piece.count)
        progress(file.byteCount)
      }
      try file.append([UInt8](repeating: 0, count: Int((512 - file.byteCount % 512) % 512)))
    }
  }
}
