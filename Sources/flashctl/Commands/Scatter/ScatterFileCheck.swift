import FlashImages

/// Looks at the files that the entries of a layout are written from.
struct ScatterFileCheck {
  private let package: ScatterPackage
  private let checksChecksums: Bool
  private let checksums: ScatterChecksums?
  /// Of the layout that was looked at last, by the entry's number.
  private(set) var images: [Int: ScatterImage] = [:]
  private(set) var missing: Set<Int> = []
  /// What the checksums say, of the same layout.
  private(set) var findings: [ScatterFinding] = []
  /// Files that were looked at, each counted once: two slots often share one.
  private var known: [String: ScatterImage] = [:]
  private var sums: [String: UInt64] = [:]

  /// Without `looksAtFiles` nothing beside the scatter file is opened.
  init(_ package: ScatterPackage, looksAtFiles: Bool, checksChecksums: Bool) throws {
    self.package = package
    checksums = looksAtFiles ? try package.checksums() : nil
    self.checksChecksums = checksChecksums
  }

  var imageCount: Int { known.count }
  var checksumCount: Int { sums.count }

  mutating func look(at layout: ScatterLayout) throws {
    images = [:]
    missing = []
    findings = []
    for (index, partition) in layout.partitions.enumerated() where partition.isDownload {
      guard let found = try package.find(partition) else {
        if partition.fileName != nil { missing.insert(index) }
        continue
      }
      if let image = known[found.name] {
        images[index] = image
      } else if let image = try package.image(of: partition) {
        images[index] = image
        known[found.name] = image
      }
      try compare(found, of: partition, at: index)
    }
  }

  /// With the list beside the scatter file; without one there is nothing to compare.
  private mutating func compare(_ file: PackageFile, of partition: ScatterPartition, at index: Int) throws {
    guard let list = checksums else { return }
    let name = partition.fileName ?? PackagePath.name(of: file.member ?? file.path)
    guard let stated = list.checksum(of: name) else {
      findings.append(ScatterFinding(.noChecksum(file: name), .note, at: index))
      return
    }
    let sum = try sums[file.name] ?? ScatterChecksums.sum(of: file)
    sums[file.name] = sum
    guard sum != stated else { return }
    findings.append(
      ScatterFinding(
        .checksum(file: name, stated: stated, computed: sum), checksChecksums ? .error : .note, at: index))
  }
}
