import FlashCore
import FlashImages

/// The sections that a plan works on, with the sector sizes that its descriptors give.
struct PackageSections {
  /// Bytes of a sector, by section.
  private var sectorByteCounts: [String: UInt64] = [:]

  /// `sectorByteCount` counts where descriptors do not say it.
  init(_ plan: FlashPlan, sectorByteCount: UInt64? = nil) throws {
    for step in plan.steps {
      guard let (section, attributes) = Self.place(of: step) else { continue }
      let size = attributes["SECTOR_SIZE_IN_BYTES"].flatMap { UInt64($0) } ?? sectorByteCount
      guard let size else {
        if sectorByteCounts[section] == nil { sectorByteCounts[section] = 0 }
        continue
      }
      if let other = sectorByteCounts[section], other != 0, other != size {
        throw Diagnostic(
          code: "package.sector-sizes", message: "section \(section) has sectors of \(other) and of \(size) bytes",
          remedy: "correct SECTOR_SIZE_IN_BYTES in the descriptors", exitStatus: .badData)
      }
      sectorByteCounts[section] = size
    }
  }

  private static func place(of step: FlashPlan.Step) -> (section: String, attributes: [String: String])? {
    switch step {
    case .write(let write): (write.extent.section, write.attributes)
    case .erase(let erase): (erase.extent.section, erase.attributes)
    case .zero(let zero): (zero.extent.section, zero.attributes)
    case .patch(let patch): (patch.section, patch.attributes)
    case .save, .configure, .makeBootable, .reboot: nil
    }
  }

  /// A file for every section: `pattern` with `%d` replaced.
  func images(named pattern: String, sectorCounts: [String: UInt64]) throws -> [String: DiskImage] {
    guard sectorByteCounts.count < 2 || pattern.contains("%d") else {
      throw Diagnostic.usage(
        "the package has \(sectorByteCounts.count) sections, and --to names one file",
        remedy: "write %d where the section's number belongs, such as --to 'lun%d.img'")
    }
    var images: [String: DiskImage] = [:]
    for (section, size) in sectorByteCounts.sorted(by: { $0.key < $1.key }) {
      let path = pattern.replacing("%d", with: section)
      guard size > 0 else {
        throw Diagnostic(
          code: "package.no-sector-size",
          message: "the package does not say how large the sectors of section \(section) are",
          remedy: "add SECTOR_SIZE_IN_BYTES to its descriptors", exitStatus: .badData)
      }
      images[section] = try image(path, section: section, size: size, sectors: sectorCounts[section])
    }
    return images
  }

  private func image(_ path: String, section: String, size: UInt64, sectors: UInt64?) throws -> DiskImage {
    var bytes: UInt64?
    if let sectors {
      let (product, overflows) = sectors.multipliedReportingOverflow(by: size)
      guard !overflows else { throw ImageError.tooLarge(path: path, byteCount: .max) }
      bytes = product
    }
    do { return try DiskImage(path: path, byteCount: bytes, sectorByteCount: size) } catch ImageError.missing {
      throw Diagnostic.usage(
        "\(path) does not exist, and nothing says how large section \(section) is",
        remedy: "give its size with --sectors \(section)=SECTORS")
    }
  }
}
