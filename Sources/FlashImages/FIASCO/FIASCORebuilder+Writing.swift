/// A new container from edited files.
extension FIASCORebuilder {
  /// Writes a canonical container of what `fiasco.json` and the files say now: sizes, hashes, counts and checksums are
  /// computed, data are filled up, trailing data and gaps between parts are left out.
  public func write(
    to path: String, replacing replaces: Bool = false, progress: (UInt64) -> Void = { _ in }
  ) throws(FIASCOWriteError) {
    var images: [FIASCONewImage] = []
    for image in manifest.images { images.append(try newImage(image)) }
    // Where no image had a block 34, the new container has none either.
    var writer = try FIASCOWriter(isOldFormat: !manifest.images.contains { $0.blocks.contains { $0.type == "34" } })
    writer.headerBlocks = try storedBlocks(manifest.headerBlocks)
    try writer.write(images, to: path, replacing: replaces, inputs: inputPaths, progress: progress)
  }

  private func newImage(_ image: FIASCOManifest.Image) throws(FIASCOWriteError) -> FIASCONewImage {
    let blocks = try storedBlocks(image.blocks)
    guard case .fileData(let fileData)? = blocks.first?.block else {
      throw .differsFromManifest(path: filePath(FIASCOManifest.fileName), field: "fileData")
    }
    var new = try FIASCONewImage(type: fileData.name, content: try content(of: image, blocks: blocks))
    new.fileData = fileData
    new.descriptions = [0x31, 0x32, 0x33].flatMap { type in blocks.filter { $0.type == type } }
    let described: [UInt8] = [0x31, 0x32, 0x33, 0x34]
    new.otherBlocks = blocks.dropFirst().filter { !described.contains($0.type) }
    return new
  }

  /// The files as they are now; the parts' names come from the blocks 34.
  private func content(
    of image: FIASCOManifest.Image, blocks: [FIASCOStoredBlock]
  ) throws(FIASCOWriteError) -> FIASCONewImage.Content {
    let parts = blocks.compactMap { if case .part(let part) = $0.block { part } else { nil } }
    let files = image.files.filter { $0.role != .gap }
    var pieces: [FIASCONewImage.Piece] = []
    for (index, file) in files.enumerated() {
      let name = parts.count == files.count ? parts[index].name : ""
      do throws(ImageError) {
        let source = PackedFile(rebuilder: self, name: file.name, length: try open(file.name).length())
        pieces.append(.init(name: name, source: source))
      } catch { throw .file(error) }
    }
    if pieces.count == 1, let only = pieces.first, only.name.isEmpty { return .stream(only.source) }
    return .pieces(pieces)
  }
}

/// A file beside `fiasco.json`, opened only while it is read: there may be thousands.
private struct PackedFile: ImageSource {
  let rebuilder: FIASCORebuilder
  let name: String
  let length: UInt64

  var byteCount: UInt64? { length }

  func open() throws(ImageError) -> any ImageReader {
    try RandomAccessImageSource(try rebuilder.open(name), range: 0..<length).open()
  }
}
