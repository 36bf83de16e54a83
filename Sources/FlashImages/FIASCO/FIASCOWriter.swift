import WireFormat

/// Writes containers in canonical form: `docs/protocols/fiasco.md` 10.
///
///     let kernel = try FIASCONewImage(
///       type: "kernel", version: "1.0", devices: [FIASCODeviceEntry(device: "RX-51")],
///       content: .stream(FileImageSource(path: "zImage")))
///     try FIASCOWriter(release: "MY_RELEASE").write([kernel], to: "mine.fiasco")
///
/// Data are streamed in one pass. The output appears under its name only once it is complete.
public struct FIASCOWriter: Sendable {
  /// The name that Nokia's files carry.
  public static let containerName = "OSSO UART+USB"

  /// The blocks of the file header.
  public var headerBlocks: [FIASCOStoredBlock]
  /// Leaves the block 34 out where an image has no explicit parts, as files of the N8x0 era do.
  public var isOldFormat: Bool

  /// A writer with the usual name and, if there is one, a software release of at most 254 bytes.
  public init(release: String? = nil, isOldFormat: Bool = false) throws(FIASCOWriteError) {
    headerBlocks = [Self.text(Self.containerName, type: 0xE8)]
    if let release {
      try FIASCONewImage.check(release, "release", 0...254)
      headerBlocks.append(Self.text(release, type: 0x31))
    }
    self.isOldFormat = isOldFormat
  }

  private static func text(_ text: String, type: UInt8) -> FIASCOStoredBlock {
    FIASCOStoredBlock(type: type, data: Array(text.utf8) + [0])
  }

  /// The file header: signature, header length, block count, blocks.
  static func fileHeader(blocks: [FIASCOStoredBlock], length: UInt32? = nil) -> [UInt8] {
    var body: [UInt8] = []
    for block in blocks { block.serialize(into: &body) }
    var bytes: [UInt8] = [FIASCOReader.signature]
    bytes.append(bigEndian: length ?? UInt32(body.count + 4))
    bytes.append(bigEndian: UInt32(blocks.count))
    return bytes + body
  }

  /// Writes a container of `images` to `path`.
  ///
  /// An existing file is replaced only if `replaces` says so, and never if it is one of `inputs` (paths that the
  /// sources read; those of `FileImageSource` are known without being named). `progress` gets the bytes written so far.
  /// Cancelling the task ends it with `ImageError.cancelled`, and no file.
  public func write(
    _ images: [FIASCONewImage], to path: String, replacing replaces: Bool = false, inputs: [String] = [],
    progress: (UInt64) -> Void = { _ in }
  ) throws(FIASCOWriteError) {
    try FIASCONewImage.checkLength(images.count, "images", 0...UInt64(FIASCOReader.maximumImageCount))
    try FIASCONewImage.checkLength(headerBlocks.count, "blocks", 0...UInt64(FIASCOReader.maximumHeaderBlockCount))
    let output = try FIASCOOutput(path: path, replaces: replaces, inputs: inputs + images.flatMap(\.inputPaths))
    try output.append(Self.fileHeader(blocks: headerBlocks))
    for image in images { try write(image, to: output, progress: progress) }
    try output.commit()
  }

  /// Writes one image: room for its header, its data, and then the header over the room.
  private func write(
    _ image: FIASCONewImage, to output: FIASCOOutput, progress: (UInt64) -> Void
  ) throws(FIASCOWriteError) {
    let start = output.byteCount
    let room = try header(of: image, parts: image.partsToBe(isOldFormat: isOldFormat))
    try output.append(room)
    var data = FIASCODataStream(output: output, type: image.fileData.name)
    switch image.content {
    case .stream(let source, _): _ = try data.append(source, progress: progress)
    case .pieces(let pieces):
      for piece in pieces { data.parts.append(try data.append(piece, progress: progress)) }
    }
    var finished = image
    finished.fileData.size = UInt32(data.byteCount)
    finished.fileData.hash = data.hash
    let parts = try image.parts(of: data, isOldFormat: isOldFormat)
    try output.overwrite(try header(of: finished, parts: parts), at: start)
  }

  /// The bytes from signature to checksum.
  private func header(of image: FIASCONewImage, parts: [FIASCOPart]) throws(FIASCOWriteError) -> [UInt8] {
    var blocks = [FIASCOStoredBlock(.fileData(image.fileData))] + image.descriptions
    blocks += parts.map { FIASCOStoredBlock(.part($0)) }
    blocks += image.otherBlocks
    try FIASCONewImage.checkLength(blocks.count, "blocks", 1...255)
    return Self.imageHeader(blockCount: UInt8(blocks.count), blocks: blocks)
  }

  static func imageHeader(
    blockCount: UInt8, blocks: [FIASCOStoredBlock], checksum: UInt8? = nil
  ) -> [UInt8] {
    var bytes: [UInt8] = [FIASCOReader.imageSignature, blockCount]
    for block in blocks { block.serialize(into: &bytes) }
    bytes.append(checksum ?? FIASCOReader.checksum(blockCount: blockCount, blocks: blocks))
    return bytes
  }
}
