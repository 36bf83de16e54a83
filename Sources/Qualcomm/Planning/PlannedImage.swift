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

  /// Throws where the file does not fit its entry.
  init(
    _ program: ProgramElement.Program, file: PackageFile, place: AreaPlace, options: PackageOptions
  ) throws(QualcommPlanError) {
    let measure = ImageMeasure(program: program, file: file, place: place, options: options)
    let isSparse = try measure.isSparse()
    if isSparse, !options.isRaw {
      let sparse = try measure.sparse()
      (reference, byteCount, sectorCount) = (sparse.reference, sparse.byteCount, sparse.sectorCount)
      if !program.isSparse { warnings.append(measure.warning("sparse-without-attribute")) }
    } else {
      let raw = try measure.raw()
      (reference, byteCount, sectorCount) = (raw.reference, raw.byteCount, raw.sectorCount)
      if raw.isTruncated, !measure.isPartitionTable { warnings.append(measure.warning("truncated")) }
      if program.isSparse, !isSparse { warnings.append(measure.warning("not-sparse")) }
    }
    if let found = file.otherCase { warnings.append(measure.warning("other-case", ["found": found])) }
  }
}

/// Measures one file for one entry.
private struct ImageMeasure {
  let program: ProgramElement.Program
  let file: PackageFile
  let place: AreaPlace
  let options: PackageOptions

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

  /// Vendors rely on tables that are longer than their entry being cut.
  var isPartitionTable: Bool {
    let label = program.label.lowercased()
    return label == "primarygpt" || label == "backupgpt" || label.hasPrefix("mbr")
  }

  func isSparse() throws(QualcommPlanError) -> Bool {
    guard file.byteCount >= 28 else { return false }
    do throws(ImageError) { return try SparseImageSource.isSparse(file.bytes) } catch {
      throw .image(error, at: place.place)
    }
  }

  func raw() throws(QualcommPlanError) -> Result {
    let room = try room()
    if program.isSparse, !options.isRaw, room != file.byteCount { throw .notSparse(file: file.name, at: place.place) }
    let offset = try offset()
    guard offset <= file.byteCount else {
      throw .offsetBehindFile(file: file.name, byteCount: file.byteCount, offset: offset, at: place.place)
    }
    var length = file.byteCount - offset
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
    if offset == 0, !isTruncated { reference.sha256 = program.sha256 }
    return Result(
      reference: reference, byteCount: sectors.multipliedFullWidth(by: size).low, sectorCount: sectors,
      isTruncated: isTruncated)
  }

  func sparse() throws(QualcommPlanError) -> Result {
    guard try offset() == 0 else { throw .sparseOffset(file: file.name, at: place.place) }
    guard let size = place.area.sectorByteCount else { throw .noSectorSize(at: place.place) }
    let runs: SparseRuns
    do throws(ImageError) { runs = try SparseRuns(SparseImageSource(file.bytes), sectorByteCount: size) } catch {
      throw .image(error, at: place.place)
    }
    if let offset = runs.unalignedOffset {
      throw .sparseUnaligned(file: file.name, offset: offset, sectorByteCount: size, at: place.place)
    }
    let length = runs.expandedByteCount
    if let room = try room(), length > room {
      throw .fileTooLarge(file: file.name, byteCount: length, room: room, at: place.place)
    }
    return Result(
      reference: ImageReference(
        path: file.path, member: file.member, layers: .expanded, offset: 0, length: length),
      byteCount: runs.sentByteCount, sectorCount: length / size + (length % size == 0 ? 0 : 1))
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

  /// Bytes that the entry has room for; `nil` where it takes what comes.
  private func room() throws(QualcommPlanError) -> UInt64? {
    guard let sectors = try place.length(), sectors > 0 else { return nil }
    return try place.byteCount(sectors)
  }
}
