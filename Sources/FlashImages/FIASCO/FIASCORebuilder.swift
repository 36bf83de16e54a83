import WireFormat

/// Makes a container from `fiasco.json` and the files beside it.
///
/// Source: `docs/protocols/fiasco.md` 12.
public struct FIASCORebuilder: Sendable {
  /// Where `fiasco.json` lies. Files are looked up in this folder only, and links in it are not followed.
  public let folder: String
  public let manifest: FIASCOManifest

  /// Reads the `fiasco.json` at `path`.
  public init(path: String) throws(ImageError) {
    let file = try RegularFile(path: path)
    let length = try file.length()
    guard length <= FIASCOManifest.maximumByteCount else {
      throw .malformed(path: path, offset: FIASCOManifest.maximumByteCount, reason: "fiasco.json above 64 MiB")
    }
    manifest = try FIASCOManifest(json: try file.bytes(at: 0, count: Int(length)), path: path)
    folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
  }

  private var manifestPath: String { filePath(FIASCOManifest.fileName) }

  func filePath(_ name: String) -> String {
    folder == "." ? name : folder == "/" ? "/" + name : folder + "/" + name
  }

  /// Opens a file that the manifest names.
  func open(_ name: String) throws(ImageError) -> RegularFile {
    guard OutputFolder.isPlain(name) else {
      throw .malformed(path: manifestPath, offset: 0, reason: "fiasco.json names a file outside its folder")
    }
    return try RegularFile(path: filePath(name), followingLinks: false)
  }

  /// The bytes of a block, with a layout from its file.
  func stored(_ block: FIASCOManifestBlock) throws(ImageError) -> FIASCOStoredBlock {
    do {
      return try block.stored { (name) throws(ImageError) in
        let file = try open(name)
        let length = try file.length()
        guard length <= UInt64(FIASCOStoredBlock.maximumByteCount) else {
          throw .malformed(path: file.path, offset: 255, reason: "layout above 255 bytes")
        }
        return try file.bytes(at: 0, count: Int(length))
      }
    } catch let error as ImageError {
      throw error
    } catch let error as FIASCOManifestBlock.Invalid {
      throw .malformed(path: manifestPath, offset: 0, reason: "fiasco.json block with a bad \(error.field)")
    } catch {
      throw .malformed(path: manifestPath, offset: 0, reason: "fiasco.json block unreadable")
    }
  }

  /// Writes the container that was unpacked, byte for byte: odd counts, checksums, hashes, trailing data and all.
  ///
  /// Throws `FIASCOWriteError.differsFromManifest` when a file has changed since; `write` makes a new container then.
  public func rebuild(
    to path: String, replacing replaces: Bool = false, progress: (UInt64) -> Void = { _ in }
  ) throws(FIASCOWriteError) {
    let header = try fileHeader()
    let output = try FIASCOOutput(path: path, replaces: replaces, inputs: inputPaths)
    try output.append(header)
    for image in manifest.images {
      try output.append(try imageHeader(of: image))
      var checksum = XORChecksum16()
      for file in image.files { try copy(file, to: output, &checksum, progress) }
      let hash = Hex.string([UInt8(checksum.value >> 8), UInt8(checksum.value & 0xFF)])
      guard hash == image.dataHash else {
        let path = image.files.first.map { filePath($0.name) } ?? manifestPath
        throw .differsFromManifest(path: path, field: "dataHash")
      }
    }
    if let tail = manifest.tail {
      var checksum = XORChecksum16()
      try copy(tail, to: output, &checksum, progress)
    }
    try output.commit()
  }

  private func fileHeader() throws(FIASCOWriteError) -> [UInt8] {
    let blocks = try storedBlocks(manifest.headerBlocks)
    let canonical = FIASCOWriter.fileHeader(blocks: blocks)
    let bytes = FIASCOWriter.fileHeader(blocks: blocks, length: manifest.headerLength)
    guard !manifest.isHeaderLengthValid || bytes == canonical else {
      throw .differsFromManifest(path: manifestPath, field: "headerLength")
    }
    return bytes
  }

  /// Files that make the container up.
  var inputPaths: [String] {
    let files = manifest.images.flatMap(\.files) + [manifest.tail].compactMap { $0 }
    return [manifestPath] + files.map { filePath($0.name) }
  }

  func storedBlocks(_ blocks: [FIASCOManifestBlock]) throws(FIASCOWriteError) -> [FIASCOStoredBlock] {
    var stored: [FIASCOStoredBlock] = []
    do throws(ImageError) { for block in blocks { stored.append(try self.stored(block)) } } catch {
      throw .file(error)
    }
    return stored
  }

  private func imageHeader(of image: FIASCOManifest.Image) throws(FIASCOWriteError) -> [UInt8] {
    try FIASCONewImage.checkLength(image.blocks.count, "blocks", 1...256)
    let blocks = try storedBlocks(image.blocks)
    guard let checksum = UInt8(image.checksum, radix: 16),
      !image.isChecksumValid || checksum == FIASCOReader.checksum(blockCount: image.blockCount, blocks: blocks)
    else { throw .differsFromManifest(path: manifestPath, field: "checksum") }
    return FIASCOWriter.imageHeader(blockCount: image.blockCount, blocks: blocks, checksum: checksum)
  }

  private func copy(
    _ file: FIASCOManifest.File, to output: FIASCOOutput, _ checksum: inout XORChecksum16,
    _ progress: (UInt64) -> Void
  ) throws(FIASCOWriteError) {
    do {
      let bytes = try open(file.name)
      guard try bytes.length() >= file.byteCount else {
        throw FIASCOWriteError.differsFromManifest(path: bytes.path, field: "byteCount")
      }
      var sum = checksum
      try unsafe bytes.forEachPiece(of: 0..<file.byteCount, using: CopyBuffer()) { (piece) throws(ImageError) in
        unsafe sum.update(piece.bytes)
        unsafe try output.file.append(piece)
        progress(output.byteCount)
      }
      checksum = sum
    } catch let error as ImageError {
      throw .file(error)
    } catch let error as FIASCOWriteError {
      throw error
    } catch {
      throw .file(.cancelled)
    }
  }
}
