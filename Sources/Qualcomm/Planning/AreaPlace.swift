import FlashCore
import FlashImages

/// An area of a descriptor as a plan writes it: bytes from a section's start or end, as far as that can be told.
///
/// Source: `docs/protocols/qualcomm-packages.md` 4.
struct AreaPlace {
  let area: StorageArea
  let place: PackagePlace
  /// Sectors of the section, where the user told.
  let sectorCount: UInt64?

  var section: String { String(area.partition) }

  /// Where the area begins. A number without a sector size stays a number of sectors.
  func start() throws(QualcommPlanError) -> PlanExtent.Start {
    let expression = area.start
    guard let size = area.sectorByteCount else { return .expression(expression.text) }
    if let sector = expression.constant { return .fromStart(try bytes(sector, size, expression)) }
    if let distance = try distanceFromEnd(expression) { return .fromEnd(try bytes(distance, size, expression)) }
    return .expression(expression.text)
  }

  /// Sectors, where that is a plain number or the size of the section is known; 0 means "as many as there are".
  func length() throws(QualcommPlanError) -> UInt64? {
    if let count = area.sectorCount.constant { return count }
    guard let sectorCount else { return nil }
    return try value(of: area.sectorCount, sectorCount)
  }

  /// Bytes that there is room for; `nil` where what comes is taken.
  func room() throws(QualcommPlanError) -> UInt64? {
    guard let sectors = try length(), sectors > 0 else { return nil }
    return try byteCount(sectors)
  }

  /// Bytes of `sectors`; `nil` without a sector size.
  func byteCount(_ sectors: UInt64) throws(QualcommPlanError) -> UInt64? {
    guard let size = area.sectorByteCount else { return nil }
    return try bytes(sectors, size, area.sectorCount)
  }

  /// Refuses an area that ends behind the section, where its size is known; `sectors` are those that are touched.
  func requireInside(sectors: UInt64) throws(QualcommPlanError) {
    if let start = area.start.constant {
      // No disk is that large, and everything after this counts bytes in 64 bits.
      let (end, overflows) = start.addingReportingOverflow(sectors)
      let (bytes, tooLarge) = end.multipliedReportingOverflow(by: area.sectorByteCount ?? 512)
      guard !overflows, !tooLarge, bytes <= UInt64(Int64.max) else {
        throw .expression(area.start.text, .overflow, at: place)
      }
    }
    guard let sectorCount else { return }
    let start = try value(of: area.start, sectorCount)
    guard start <= sectorCount, sectors <= sectorCount - start else {
      throw .outside(section: section, sectorCount: sectorCount, at: place)
    }
  }

  /// What only the family understands of the area: the original text wherever it is more than a number.
  var attributes: [String: String] {
    var attributes: [String: String] = [
      FlashPlan.descriptorAttribute: place.path + (place.line.map { ":\($0)" } ?? "")
    ]
    if area.start.usesDiskSize { attributes["start_sector"] = area.start.text }
    if let size = area.sectorByteCount { attributes["SECTOR_SIZE_IN_BYTES"] = String(size) }
    if let slot = area.slot { attributes["slot"] = String(slot) }
    if let pages = area.pagesPerBlock { attributes["PAGES_PER_BLOCK"] = String(pages) }
    if let last = area.lastSector { attributes["last_sector"] = last.text }
    return attributes
  }

  private func bytes(
    _ sectors: UInt64, _ size: UInt64, _ expression: DiskExpression
  ) throws(QualcommPlanError) -> UInt64 {
    let (bytes, overflows) = sectors.multipliedReportingOverflow(by: size)
    guard !overflows, bytes <= UInt64(Int64.max) else { throw .expression(expression.text, .overflow, at: place) }
    return bytes
  }

  /// How many sectors before the end an expression lies on every disk; `nil` where that depends on the disk.
  private func distanceFromEnd(_ expression: DiskExpression) throws(QualcommPlanError) -> UInt64? {
    let one: UInt64 = 1 << 41
    let other: UInt64 = (1 << 42) + 12345
    let (first, second) = (try value(of: expression, one), try value(of: expression, other))
    guard first <= one, second <= other, one - first == other - second else {
      guard first <= one else { throw .outside(section: section, sectorCount: one, at: place) }
      return nil
    }
    return one - first
  }

  private func value(of expression: DiskExpression, _ sectors: UInt64) throws(QualcommPlanError) -> UInt64 {
    do throws(DiskExpressionError) { return try expression.evaluate(sectors: sectors) } catch {
      throw .expression(expression.text, error, at: place)
    }
  }
}
