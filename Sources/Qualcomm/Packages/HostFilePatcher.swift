import FlashCore
import FlashImages
import WireFormat

/// Applies the patches of a package that are for files on the host, to copies of those files.
///
/// Devices apply patches of `DISK`; the others fit the tables in a package's own files to a disk of a certain size, and are
/// for whoever makes packages. Sectors count from the file's start, checksums cover the file's own bytes. Source:
/// `docs/protocols/qualcomm-packages.md` 6.
public struct HostFilePatcher: Sendable {
  /// A file with its patches applied.
  public struct PatchedFile: Equatable, Sendable {
    /// As the patches name it.
    public var name: String
    /// The file that was read.
    public var source: String
    public var bytes: [UInt8]
    public var patchCount: Int
  }

  /// Files that are patched are tables; what is larger is none.
  static let maximumByteCount: UInt64 = 64 << 20

  private let sectorCounts: [String: UInt64]
  private let blockCounts: [String: UInt64]
  private var files: [PatchedFile] = []
  /// What was changed by which patch, for each file.
  private var changes: [[PatchedTable.Change]] = []

  /// What `NUM_DISK_SECTORS` and `NUM_DISK_BLOCKS` stand for, by section.
  public init(sectorCounts: [String: UInt64], blockCounts: [String: UInt64]) {
    self.sectorCounts = sectorCounts
    self.blockCounts = blockCounts
  }

  /// The files that the package's patches name, patched, in the order in which they are first named.
  ///
  /// Throws `QualcommPlanError.diskTooSmall` when a table that came out of it has partitions that the disk has no room for.
  public func files(of package: QualcommPackage) throws(QualcommPlanError) -> [PatchedFile] {
    var patcher = self
    for pass in package.passes {
      for document in pass.documents {
        for element in document.file.elements {
          guard case .patch(let patch) = element.action, !patch.isForDisk else { continue }
          try patcher.apply(patch, of: document, at: element.place)
        }
      }
    }
    for (file, changes) in zip(patcher.files, patcher.changes) {
      try PatchedTable(file, changes: changes)?.requireRoom()
    }
    return patcher.files
  }

  private mutating func apply(
    _ patch: ProgramElement.Patch, of document: QualcommPackage.Document, at place: PackagePlace
  ) throws(QualcommPlanError) {
    let index = try self.index(of: patch.fileName, in: document, at: place)
    guard let unit = patch.area.sectorByteCount else { throw .noSectorSize(at: place) }
    let file = files[index]
    let sector = try value(patch.area.start, patch, file, unit, at: place)
    let (start, overflows) = sector.multipliedReportingOverflow(by: unit)
    let (offset, overflowsToo) = start.addingReportingOverflow(patch.byteOffset)
    let room = UInt64(file.bytes.count)
    guard !overflows, !overflowsToo, offset <= room, UInt64(patch.byteCount) <= room - offset else {
      throw .patchOutsideFile(file: file.source, byteCount: room, at: place)
    }
    let number = try value(patch.value, patch, file, unit, at: place)
    for byte in 0..<patch.byteCount {
      files[index].bytes[Int(offset) + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte))
    }
    files[index].patchCount += 1
    changes[index].append(PatchedTable.Change(bytes: offset..<offset + UInt64(patch.byteCount), place: place))
  }

  private mutating func index(
    of name: String, in document: QualcommPackage.Document, at place: PackagePlace
  ) throws(QualcommPlanError) -> Int {
    if let known = files.firstIndex(where: { $0.name == name }) { return known }
    do throws(PackageError) {
      guard let file = try document.find(name, named: place) else {
        throw PackageError(.missingFile(name), at: place)
      }
      let bytes = try file.content(limit: Self.maximumByteCount)
      files.append(PatchedFile(name: name, source: file.name, bytes: bytes, patchCount: 0))
      changes.append([])
    } catch {
      throw .package(error)
    }
    return files.count - 1
  }

  private func value(
    _ expression: DiskExpression, _ patch: ProgramElement.Patch, _ file: PatchedFile, _ unit: UInt64,
    at place: PackagePlace
  ) throws(QualcommPlanError) -> UInt64 {
    let section = String(patch.area.partition)
    do {
      return try expression.evaluate(sectors: sectorCounts[section], blocks: blockCounts[section]) { range in
        let (start, overflows) = range.sector.multipliedReportingOverflow(by: unit)
        let room = UInt64(file.bytes.count)
        guard !overflows, start <= room, range.byteCount <= room - start else {
          throw QualcommPlanError.patchOutsideFile(file: file.source, byteCount: room, at: place)
        }
        let covered = Array(file.bytes[Int(start)..<Int(start + range.byteCount)])
        return CRC32(of: covered.rawSpan).value
      }
    } catch let error as QualcommPlanError {
      throw error
    } catch {
      throw .expression(expression.text, error as? DiskExpressionError ?? .checksumUnavailable, at: place)
    }
  }
}
