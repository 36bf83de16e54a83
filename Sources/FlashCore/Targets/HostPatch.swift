import FlashImages
import WireFormat

/// A patch that is applied here: the sectors are read, changed, and written back.
public struct HostPatch {
  private let patch: FlashPlan.Patch
  private let target: any FlashTarget

  public init(_ patch: FlashPlan.Patch, on target: any FlashTarget) {
    self.patch = patch
    self.target = target
  }

  /// Throws what the target throws, and `StorageError` where the patch has no place or no value.
  public func apply() async throws {
    let section = try await target.section(patch.section)
    let place = try patch.place(in: section)
    let value = try await value(in: section)
    let sectors = StorageRange(section: section.name, bytes: section.sectors(around: place))
    var bytes = try await target.bytes(of: sectors)
    let offset = Int(place.lowerBound - sectors.bytes.lowerBound)
    for index in 0..<patch.byteCount { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    try await target.write(try RandomAccessImageSource(MemoryBytes(bytes)), to: sectors) { _ in }
  }

  /// The number, with the content that a checksum covers read from the device.
  private func value(in section: StorageSection) async throws -> UInt64 {
    let expression = try patch.expression()
    do {
      var checksums: [UInt32] = []
      for range in try expression.checksumRanges(sectors: section.sectorCount) {
        checksums.append(try await target.crc32(of: range, in: section))
      }
      var next = checksums.makeIterator()
      return try expression.evaluate(sectors: section.sectorCount) { _ in next.next() ?? 0 }
    } catch let error as DiskExpressionError {
      throw StorageError.expression(patch.value, error)
    }
  }
}

extension FlashPlan.Patch {
  /// The bytes that it stores, from the section's start. Throws `StorageError`.
  func place(in section: StorageSection) throws -> Range<UInt64> {
    let extent = PlanExtent(section: self.section, start: start)
    guard (1...8).contains(byteCount) else { throw StorageError.invalidPatch(section: self.section, value: value) }
    let (begin, overflows) = try start.byteOffset(in: section, of: extent).addingReportingOverflow(byteOffset)
    let (end, overflowsToo) = begin.addingReportingOverflow(UInt64(byteCount))
    guard !overflows, !overflowsToo, end <= section.byteCount ?? .max else {
      throw StorageError.outside(extent, sectionByteCount: section.byteCount ?? 0)
    }
    return begin..<end
  }

  func expression() throws(StorageError) -> DiskExpression {
    do throws(DiskExpressionError) { return try DiskExpression(parsing: value) } catch {
      throw .expression(value, error)
    }
  }
}

extension StorageSection {
  /// The whole sectors that `bytes` lie in.
  func sectors(around bytes: Range<UInt64>) -> Range<UInt64> {
    let unit = sectorByteCount
    let begin = bytes.lowerBound - bytes.lowerBound % unit
    let rest = bytes.upperBound % unit
    let (end, overflows) = bytes.upperBound.addingReportingOverflow(rest == 0 ? 0 : unit - rest)
    return begin..<max(begin, overflows ? bytes.upperBound : end)
  }
}
