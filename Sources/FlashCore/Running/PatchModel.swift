import FlashImages
import WireFormat

/// What the patches of one section should leave behind: the sectors they change are read before, the patches applied to
/// that copy in order, and the result compared with what the device holds afterwards.
struct PatchModel {
  /// Sectors that are kept at most, in bytes; checksums over more are not followed.
  static let maximumByteCount: UInt64 = 16 << 20

  private let patches: [FlashPlan.Patch]
  private let section: StorageSection
  private var content: [(bytes: Range<UInt64>, data: [UInt8])] = []

  /// Reads what the patches change and what their checksums cover; `nil` when that is too much to keep.
  init?(_ patches: [FlashPlan.Patch], in section: StorageSection, on target: any FlashTarget) async throws {
    self.patches = patches
    self.section = section
    var needed: [Range<UInt64>] = []
    for patch in patches {
      needed.append(section.sectors(around: try patch.place(in: section)))
      do {
        for range in try patch.expression().checksumRanges(sectors: section.sectorCount) {
          needed.append(section.sectors(around: try section.bytes(of: range)))
        }
      } catch let error as DiskExpressionError {
        throw StorageError.expression(patch.value, error)
      }
    }
    let ranges = ByteRanges(needed)
    guard ranges.byteCount <= Self.maximumByteCount else { return nil }
    for range in ranges.ranges {
      let bytes = try await target.bytes(of: StorageRange(section: section.name, bytes: range))
      content.append((bytes: range, data: bytes))
    }
  }

  /// Applies the patches here, then reads what the device has made of them. Throws `ContentDiffers`.
  mutating func requireApplied(on target: any FlashTarget) async throws {
    for patch in patches { try apply(patch) }
    for patch in patches {
      let place = try patch.place(in: section)
      let sectors = section.sectors(around: place)
      let found = try await target.bytes(of: StorageRange(section: section.name, bytes: sectors))
      let offset = Int(place.lowerBound - sectors.lowerBound)
      guard Array(found[offset..<offset + patch.byteCount]) == bytes(place) else {
        let name = patch.comment.isEmpty ? "patch \(patch.value)" : patch.comment
        throw ContentDiffers(
          name: name, range: StorageRange(section: section.name, bytes: place), found: .readback)
      }
    }
  }

  private mutating func apply(_ patch: FlashPlan.Patch) throws {
    let place = try patch.place(in: section)
    let value: UInt64
    do {
      value = try patch.expression().evaluate(sectors: section.sectorCount) { range in
        let covered = bytes(try section.bytes(of: range))
        return CRC32(of: covered.rawSpan).value
      }
    } catch let error as DiskExpressionError {
      throw StorageError.expression(patch.value, error)
    }
    guard let index = content.firstIndex(where: { $0.bytes.contains(place.lowerBound) }) else { return }
    let offset = Int(place.lowerBound - content[index].bytes.lowerBound)
    for byte in 0..<patch.byteCount {
      content[index].data[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
    }
  }

  /// The copy's bytes; every range that is asked for has been read.
  private func bytes(_ range: Range<UInt64>) -> [UInt8] {
    guard let piece = content.first(where: { $0.bytes.contains(range.lowerBound) }),
      range.upperBound <= piece.bytes.upperBound
    else { return [] }
    let offset = Int(range.lowerBound - piece.bytes.lowerBound)
    return Array(piece.data[offset..<offset + Int(range.upperBound - range.lowerBound)])
  }
}

extension StorageSection {
  /// The bytes that a checksum covers. Throws `StorageError` when they are not all in the section.
  func bytes(of range: DiskExpression.ChecksumRange) throws(StorageError) -> Range<UInt64> {
    let (begin, overflows) = range.sector.multipliedReportingOverflow(by: sectorByteCount)
    let (end, overflowsToo) = begin.addingReportingOverflow(range.byteCount)
    guard !overflows, !overflowsToo, end <= byteCount ?? .max else {
      throw .outside(
        PlanExtent(section: name, start: .fromStart(begin), length: range.byteCount), sectionByteCount: byteCount ?? 0)
    }
    return begin..<end
  }
}
