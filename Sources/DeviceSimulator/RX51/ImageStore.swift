import FlashImages
import SystemPackage
import WireFormat

/// Keeps the images a device has received: in a folder, or else only their sizes and checksums.
///
/// In a folder an image is written as it arrives under a temporary name, and put in place as `TYPE.bin` with its
/// description `TYPE.json` when it is complete and its checksum right; what was there before stays until then.
struct ImageStore: Sendable {
  let folder: FilePath?

  /// Creates the folder if it is missing. Without one, images are checked and forgotten.
  init(folder path: String?) throws(SimulatorError) {
    folder = path.map { FilePath($0) }
    if let folder { try StorageFolder.create(folder) }
  }

  /// Begins an image. The header's type name must be one of the model's own, which are safe as file names.
  func begin(_ header: RX51ImageHeader) throws(SimulatorError) -> Image {
    guard let folder else { return Image(header: header, file: nil, folder: nil) }
    let name = "." + header.file.name + ".bin.part"
    return Image(header: header, file: try SparseFile(creating: folder.appending(name)), folder: folder)
  }

  /// One image on its way.
  struct Image: Sendable {
    private let header: RX51ImageHeader
    private let file: SparseFile?
    private let folder: FilePath?
    private var checksum = XORChecksum16()
    private var offset: UInt64 = 0

    fileprivate init(header: RX51ImageHeader, file: SparseFile?, folder: FilePath?) {
      self.header = header
      self.file = file
      self.folder = folder
    }

    /// The checksum of what has arrived (`docs/protocols/fiasco.md` 5.2).
    var hash: UInt16 { checksum.value }

    mutating func write(_ bytes: RawSpan) throws(SimulatorError) {
      checksum.update(bytes)
      try file?.write(bytes, at: offset)
      offset += UInt64(bytes.byteCount)
    }

    /// Puts the image in place of an earlier one of its type.
    func keep() throws(SimulatorError) {
      guard let folder, let file else { return }
      let name = header.file.name
      try file.finish(length: offset, as: folder.appending(name + ".bin"))
      try StorageFolder.write(
        Array(RX51ImageRecord(header: header, hash: hash).json.utf8), to: folder.appending(name + ".json"))
    }

    /// Forgets the image and what has been written of it.
    func discard() { file?.remove() }
  }
}
