import FlashImages

/// Places in the storage, found on the real device.
extension FlashTarget {
  /// The section that an extent names, or one of its aliases.
  public func section(_ name: String) async throws -> StorageSection {
    let map = try await storage()
    guard let section = map[name] else { throw StorageError.noSection(name, known: map.sections.map(\.name)) }
    return section
  }

  /// The bytes of an extent. Throws `StorageError` when it lies outside of the storage or cuts sectors.
  public func resolve(_ extent: PlanExtent) async throws -> StorageRange {
    try extent.resolved(in: try await section(extent.section))
  }

  /// Where an image goes: from the extent's start, as many whole sectors as the image needs.
  ///
  /// Throws `StorageError` when there is no such room; whether it fits the extent is for the plan's check.
  public func resolve(_ write: FlashPlan.Write) async throws -> StorageRange {
    var extent = write.extent
    let section = try await section(extent.section)
    extent.length = try section.roundedUp(write.image.length, of: extent)
    return try extent.resolved(in: section)
  }

  /// A region as users write it, as an extent with a length.
  ///
  /// A name is a section's, an alias, or a partition's; sections count first. Throws `StorageError`.
  public func resolve(_ region: Region) async throws -> PlanExtent {
    switch region {
    case .named(let name):
      if let section = try await storage()[name] {
        return PlanExtent(section: section.name, length: section.byteCount)
      }
      return try await partition(named: name, in: nil)
    case .partition(let section, let name):
      return try await partition(named: name, in: try await self.section(section).name)
    case .range(let name, let start, let length):
      return try await range(name, start, length)
    }
  }

  private func range(
    _ name: String, _ start: Region.Quantity, _ length: Region.Quantity
  ) async throws -> PlanExtent {
    // A partition's name may stand for the section: the range counts from its start then.
    if let section = try await storage()[name] {
      let unit = section.sectorByteCount
      return PlanExtent(
        section: section.name, start: .fromStart(try start.byteCount(sector: unit)),
        length: try length.byteCount(sector: unit))
    }
    let whole = try await partition(named: name, in: nil)
    let section = try await self.section(whole.section)
    let unit = section.sectorByteCount
    let (offset, count) = (try start.byteCount(sector: unit), try length.byteCount(sector: unit))
    let range = try whole.resolved(in: section)
    let (end, overflows) = offset.addingReportingOverflow(count)
    guard !overflows, end <= range.byteCount else {
      throw StorageError.outside(
        PlanExtent(section: name, start: .fromStart(offset), length: count), sectionByteCount: range.byteCount)
    }
    return PlanExtent(section: section.name, start: .fromStart(range.bytes.lowerBound + offset), length: count)
  }

  private func partition(named name: String, in section: String?) async throws -> PlanExtent {
    let all = try await partitions().filter { section == nil || $0.extent.section == section }
    var found = all.filter { $0.name == name }
    if found.isEmpty { found = all.filter { $0.name.lowercased() == name.lowercased() } }
    guard let first = found.first else { throw StorageError.noPartition(name) }
    guard found.count == 1 else {
      throw StorageError.ambiguousPartition(name, sections: found.map(\.extent.section))
    }
    return first.extent
  }
}

extension PlanExtent {
  /// The bytes of this extent in `section`, which is the one it names.
  public func resolved(in section: StorageSection) throws -> StorageRange {
    let begin = try start.byteOffset(in: section, of: self)
    let end: UInt64
    if let length {
      let (sum, overflows) = begin.addingReportingOverflow(length)
      guard !overflows else { throw StorageError.outside(self, sectionByteCount: section.byteCount ?? 0) }
      end = sum
    } else {
      guard let size = section.byteCount else { throw StorageError.sizeUnknown(self) }
      end = size
    }
    if let size = section.byteCount, begin > size || end > size {
      throw StorageError.outside(self, sectionByteCount: size)
    }
    guard begin % section.sectorByteCount == 0, end % section.sectorByteCount == 0 else {
      throw StorageError.unaligned(self, sectorByteCount: section.sectorByteCount)
    }
    return StorageRange(section: section.name, bytes: begin..<max(begin, end))
  }
}

extension PlanExtent.Start {
  /// Bytes from the section's start. `extent` is the one that errors name.
  func byteOffset(in section: StorageSection, of extent: PlanExtent) throws -> UInt64 {
    switch self {
    case .fromStart(let offset): return offset
    case .fromEnd(let distance):
      guard let size = section.byteCount else { throw StorageError.sizeUnknown(extent) }
      guard distance <= size else { throw StorageError.outside(extent, sectionByteCount: size) }
      return size - distance
    case .expression(let text):
      do throws(DiskExpressionError) {
        let sector = try DiskExpression(parsing: text).evaluate(sectors: section.sectorCount)
        let (offset, overflows) = sector.multipliedReportingOverflow(by: section.sectorByteCount)
        guard !overflows else { throw DiskExpressionError.overflow }
        return offset
      } catch {
        throw StorageError.expression(text, error)
      }
    }
  }
}

extension Region.Quantity {
  func byteCount(sector: UInt64) throws -> UInt64 {
    switch self {
    case .bytes(let count): return count
    case .sectors(let count):
      let (bytes, overflows) = count.multipliedReportingOverflow(by: sector)
      guard !overflows else { throw StorageError.expression("\(self)", .overflow) }
      return bytes
    }
  }
}

extension StorageSection {
  /// `count` bytes as whole sectors; `extent` is the one that errors name.
  func roundedUp(_ count: UInt64, of extent: PlanExtent) throws -> UInt64 {
    let rest = count % sectorByteCount
    guard rest > 0 else { return count }
    let (sum, overflows) = count.addingReportingOverflow(sectorByteCount - rest)
    guard !overflows else { throw StorageError.outside(extent, sectionByteCount: byteCount ?? 0) }
    return sum
  }
}
