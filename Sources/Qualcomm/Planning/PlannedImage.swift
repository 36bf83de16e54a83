import FlashCore
import FlashImages

/// The bytes that one `program` entry writes, found, measured and checked against the entry.
///
/// Source: `docs/protocols/qualcomm-packages.md` 5.1 to 5.3.
struct PlannedImage {
  let reference: ImageReference
  /// Bytes that are sent, the last sector filled up.
  let byteCount: UInt64
  /// Whole sectors from the entry's start to the image's end.
  let sectorCount: UInt64
  var warnings: [PlanWarning] = []
  /// How the file is compressed that is unpacked; `nil` for one that is written as it is.
  let compression: CompressionFormat?

  /// Throws where the file does not fit its entry.
  init(
    _ program: ProgramElement.Program, file: PackageFile, place: AreaPlace, options: PackageOptions
  ) throws(QualcommPlanError) {
    let content = try PlannedContent(program, file: file, place: place, options: options)
    let measure = ImageMeasure(program: program, content: content, place: place, options: options)
    compression = content.compression
    if let sparse = content.sparse {
      let result = try measure.sparse(sparse)
      (reference, byteCount, sectorCount) = (result.reference, result.byteCount, result.sectorCount)
      if !program.isSparse { warnings.append(measure.warning("sparse-without-attribute")) }
    } else {
      let raw = try measure.raw()
      (reference, byteCount, sectorCount) = (raw.reference, raw.byteCount, raw.sectorCount)
      if raw.isTruncated, !measure.isPartitionTable { warnings.append(measure.warning("truncated")) }
      if program.isSparse, !content.looksSparse { warnings.append(measure.warning("not-sparse")) }
    }
    if let format = content.keptCompression {
      warnings.append(measure.warning("compressed-as-it-is", ["format": format.rawValue]))
    }
    if let format = compression { warnings.append(measure.warning("unpacked", ["format": format.rawValue])) }
    if let found = file.otherCase { warnings.append(measure.warning("other-case", ["found": found])) }
  }
}

/// Measures one file for one entry.
private struct ImageMeasure {
  let program: ProgramElement.Program
  let content: PlannedContent
  let place: AreaPlace
  let options: PackageOptions

  private var file: PackageFile { content.file }

  struct Result {
    var reference: ImageReference
    var byteCount: UInt64
    var sectorCount: UInt64
    var isTruncated = false
  }

  func warning(_ code: String, _ facts: [String: String] = [:]) -> PlanWarning {
    PlanWarning(
      code: code, subject: program.label,
      facts: facts.merging(["file": file.name, "place": place.place.description]) { $1 })
  }

  var isPartitionTable: Bool { program.isPartitionTable }

  func raw() throws(QualcommPlanError) -> Result {
    let room = try place.room()
    if program.isSparse, options.layers.options.expandsSparse, room != content.byteCount {
      throw .notSparse(file: file.name, at: place.place)
    }
    let offset = try offset()
    guard offset <= content.byteCount else {
      throw .offsetBehindFile(file: file.name, byteCount: content.byteCount, offset: offset, at: place.place)
    }
    var length = content.byteCount - offset
    let size = place.area.sectorByteCount ?? 1
    let isTruncated = room.map { length > $0 } ?? false
    if isTruncated, let room {
      guard isPartitionTable || options.allowsTruncation else {
        throw .fileTooLarge(file: file.name, byteCount: length, room: room, at: place.place)
      }
      length = room
    }
    let sectors = length / size + (length % size == 0 ? 0 : 1)
    var reference = ImageReference(path: file.path, member: file.member, offset: offset, length: length)
    if content.compression != nil {
      (reference.layers, reference.imageByteCount) = (options.layers, content.byteCount)
    } else if offset == 0, !isTruncated {
      reference.sha256 = program.sha256
    }
    return Result(
      reference: reference, byteCount: sectors.multipliedFullWidth(by: size).low, sectorCount: sectors,
      isTruncated: isTruncated)
  }

  func sparse(_ source: SparseImageSource) throws(QualcommPlanError) -> Result {
    guard try offset() == 0 else { throw .sparseOffset(file: file.name, at: place.place) }
    guard let size = place.area.sectorByteCount else { throw .noSectorSize(at: place.place) }
    let runs: SparseRuns
    do throws(ImageError) { runs = try SparseRuns(source, sectorByteCount: size) } catch {
      throw .image(error, at: place.place)
    }
    let length = runs.expandedByteCount
    if let offset = runs.unalignedOffset, !options.zeroesSkips {
      throw .sparseUnaligned(file: file.name, offset: offset, sectorByteCount: size, at: place.place)
    }
    if let room = try place.room(), length > room {
      throw .fileTooLarge(file: file.name, byteCount: length, room: room, at: place.place)
    }
    let sectors = length / size + (length % size == 0 ? 0 : 1)
    return Result(
      reference: ImageReference(
        path: file.path, member: file.member, layers: options.layers, offset: 0,
        length: length),
      byteCount: options.zeroesSkips ? sectors.multipliedFullWidth(by: size).low : runs.sentByteCount,
      sectorCount: sectors)
  }

  /// Bytes to leave out at the head of the file.
  private func offset() throws(QualcommPlanError) -> UInt64 {
    if program.fileOffset.constant == 0 { return 0 }
    var area = place.area
    area.start = program.fileOffset
    area.sectorCount = program.fileOffset
    let other = AreaPlace(area: area, place: place.place, sectorCount: place.sectorCount)
    guard let sectors = try other.length(), let bytes = try other.byteCount(sectors) else {
      throw .noSectorSize(at: place.place)
    }
    return bytes
  }
}

extension ProgramElement.Program {
  /// Whether it is about a table; vendors rely on tables that are longer than their entry being cut.
  var isPartitionTable: Bool {
    let label = label.lowercased()
    return label == "primarygpt" || label == "backupgpt" || label.hasPrefix("mbr")
  }
}
