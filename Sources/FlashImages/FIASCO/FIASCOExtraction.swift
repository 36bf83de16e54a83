import WireFormat

/// One run of `FIASCOExtractor`.
struct FIASCOExtraction {
  let file: FIASCOFile
  let folder: OutputFolder
  let options: FIASCOExtractor
  var report: FIASCOExtractor.Report
  private var names: FIASCOFileNames
  private let buffer = CopyBuffer()
  private var writtenByteCount: UInt64 = 0

  init(file: FIASCOFile, folder: OutputFolder, options: FIASCOExtractor, report: FIASCOExtractor.Report) {
    self.file = file
    self.folder = folder
    self.options = options
    self.report = report
    names = FIASCOFileNames(isPortable: options.isPortable, reserved: [FIASCOManifest.fileName])
  }

  /// Writes the data of one image, and its layout.
  mutating func extract(_ index: Int, progress: (UInt64) -> Void) throws(ImageError) {
    let image = file.images[index]
    let name = FIASCOImageName(image).fileName(isPortable: options.isPortable)
    var checksum = XORChecksum16()
    var files: [FIASCOManifest.File] = []
    for segment in Self.segments(of: image) {
      let range = image.dataOffset + segment.range.lowerBound..<image.dataOffset + segment.range.upperBound
      let fileName = names.unique(
        name + FIASCOImageName.sanitise(segment.suffix, isPortable: options.isPortable, maximumByteCount: 40))
      try copy(range, to: fileName, image: index, padding: padding(of: image), &checksum, progress)
      let byteCount = range.upperBound - range.lowerBound
      files.append(.init(name: fileName, role: segment.role, byteCount: byteCount))
    }
    let state = FIASCOFile.HashState.wrong(stored: image.fileData.hash, computed: checksum.value)
    if !image.isTruncated, checksum.value != image.fileData.hash, let finding = file.finding(for: state, of: index) {
      report.findings.append(finding)
    }
    let layoutFile = try writeLayout(of: image, index: index, name: name)
    report.manifest.images.append(
      FIASCOManifest.Image(
        type: image.type, blockCount: image.storedBlockCount,
        blocks: image.blocks.map { FIASCOManifestBlock($0, layoutFile: $0.data == image.layout ? layoutFile : nil) },
        checksum: Hex.string([image.storedChecksum]), isChecksumValid: image.checksum == .valid,
        dataHash: Hex.string([UInt8(checksum.value >> 8), UInt8(checksum.value & 0xFF)]), files: files))
  }

  /// Writes what follows the last image.
  mutating func extractTail(progress: (UInt64) -> Void) throws(ImageError) {
    guard !file.tail.isEmpty else { return }
    var checksum = XORChecksum16()
    let name = names.unique("trailing-data")
    try copy(file.tail, to: name, image: nil, padding: 1, &checksum, progress)
    let byteCount = file.tail.upperBound - file.tail.lowerBound
    report.manifest.tail = .init(name: name, role: .tail, byteCount: byteCount)
  }

  /// Writes `fiasco.json`.
  mutating func finish() throws(ImageError) {
    try write(report.manifest.json(), to: FIASCOManifest.fileName, image: nil)
  }

  private func padding(of image: FIASCOImage) -> UInt64 {
    options.pads ? FIASCOImageType.paddingMultiple(of: image.type) : 1
  }

  private mutating func writeLayout(of image: FIASCOImage, index: Int, name: String) throws(ImageError) -> String? {
    guard let layout = image.layout else { return nil }
    let fileName = names.unique(name + "_layout.txt")
    try write(layout, to: fileName, image: index)
    return fileName
  }

  private mutating func write(_ bytes: [UInt8], to name: String, image: Int?) throws(ImageError) {
    let output = try folder.create(name, replacing: options.replaces)
    try output.append(bytes)
    try output.commit()
    report.files.append(.init(name: name, image: image, byteCount: output.byteCount))
  }

  private mutating func copy(
    _ range: Range<UInt64>, to name: String, image: Int?, padding: UInt64, _ checksum: inout XORChecksum16,
    _ progress: (UInt64) -> Void
  ) throws(ImageError) {
    let output = try folder.create(name, replacing: options.replaces)
    var (sum, written) = (checksum, writtenByteCount)
    try unsafe file.bytes.forEachPiece(of: range, using: buffer) { (piece) throws(ImageError) in
      unsafe sum.update(piece.bytes)
      unsafe try output.append(piece)
      written += UInt64(piece.count)
      progress(written)
    }
    (checksum, writtenByteCount) = (sum, written)
    let missing = (padding - output.byteCount % padding) % padding
    try output.append(repeating: FIASCOImageType.paddingByte, count: missing)
    try output.commit()
    report.files.append(.init(name: name, image: image, byteCount: output.byteCount))
  }

  /// A stretch of image data that becomes a file.
  struct Segment: Equatable {
    var range: Range<UInt64>
    var role: FIASCOManifest.File.Role
    /// What its name has behind the image's: `_part1_mydocs`.
    var suffix: String
  }

  /// The data in one piece, or in parts, with what lies between them, where there are several.
  static func segments(of image: FIASCOImage) -> [Segment] {
    let available = image.availableByteCount
    guard image.parts.count > 1, !image.isTruncated else {
      return [Segment(range: 0..<available, role: .data, suffix: "")]
    }
    var segments: [Segment] = []
    var reached: UInt64 = 0
    func fillGap(to offset: UInt64) {
      guard reached < offset else { return }
      let number = segments.count { $0.role == .gap } + 1
      segments.append(Segment(range: reached..<offset, role: .gap, suffix: "_gap\(number)"))
    }
    for (index, part) in image.parts.enumerated() {
      fillGap(to: part.offset)
      reached = part.offset + part.size
      let name = part.name.isEmpty ? "" : "_" + part.name
      segments.append(Segment(range: part.offset..<reached, role: .part, suffix: "_part\(index + 1)\(name)"))
    }
    fillGap(to: available)
    return segments
  }
}
