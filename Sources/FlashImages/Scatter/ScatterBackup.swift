/// Makes the scatter of a backup: what was read from a device, so that it can be flashed back.
///
/// Source: `docs/protocols/mtk-scatter.md` 9.
public struct ScatterBackup: Equatable, Sendable {
  /// A partition of the device's table.
  public struct Partition: Equatable, Sendable {
    public var name: String
    /// Bytes from the start of the user section.
    public var start: UInt64
    public var byteCount: UInt64

    public init(name: String, start: UInt64, byteCount: UInt64) {
      self.name = name
      self.start = start
      self.byteCount = byteCount
    }
  }

  /// What the device is, and what its boot sections hold.
  public struct Device: Equatable, Sendable {
    public var storage: ScatterStorage
    /// The digits of the chip: `6765`.
    public var chip: String
    public var project: String
    /// Bytes of the user section.
    public var userByteCount: UInt64
    /// Bytes of each boot section; 0 where there is none.
    public var bootByteCount: UInt64
    /// Whether both boot sections hold the same.
    public var hasEqualBootSections: Bool

    public init(
      storage: ScatterStorage, chip: String, project: String = "flashctl_backup", userByteCount: UInt64,
      bootByteCount: UInt64, hasEqualBootSections: Bool = true
    ) {
      self.storage = storage
      self.chip = chip
      self.project = project
      self.userByteCount = userByteCount
      self.bootByteCount = bootByteCount
      self.hasEqualBootSections = hasEqualBootSections
    }
  }

  public let scatter: Scatter
  /// The file of each partition that has one, by the partition's name. Those of partitions that are not flashed by
  /// themselves are named in comments only.
  public let fileNames: [String: String]
  /// Partitions whose name an earlier one has.
  public let leftOut: [String]

  public init(_ device: Device, partitions: [Partition]) {
    var maker = ScatterBackupMaker(device)
    maker.addPreloader()
    let sorted = partitions.sorted { $0.start < $1.start }
    maker.addTable(firstStart: sorted.first?.start ?? 0)
    for partition in sorted { maker.add(partition) }
    maker.addBackupTable(lastEnd: sorted.map { $0.start.addingClamped($0.byteCount) }.max() ?? 0)
    maker.setPlaceholders()
    let version: ScatterVersion = device.storage == .ufs ? .v210 : .v112
    scatter = Scatter(
      version: version, platform: "MT" + device.chip, project: device.project,
      layouts: [
        ScatterLayout(
          storage: device.storage, bootChannel: device.storage.usualBootChannel,
          blockByteCount: device.storage.usualBlockByteCount, partitions: maker.partitions)
      ])
    fileNames = maker.fileNames
    leftOut = maker.leftOut
  }

  /// Comments for `ScatterWriter`: the files of what is not flashed by itself.
  public var comments: [String: String] {
    var comments: [String: String] = [:]
    for partition in scatter.layouts.flatMap(\.partitions) where partition.fileName == nil {
      if let file = fileNames[partition.name] { comments[partition.name] = "saved as \(file), not flashed by itself" }
    }
    return comments
  }
}

/// Puts the entries together.
private struct ScatterBackupMaker {
  let device: ScatterBackup.Device
  var partitions: [ScatterPartition] = []
  var fileNames: [String: String] = [:]
  var leftOut: [String] = []
  private var takenFiles: Set<String> = ["boot1.bin", "boot2.bin"]

  init(_ device: ScatterBackup.Device) { self.device = device }

  mutating func addPreloader() {
    guard device.bootByteCount > 0 else { return }
    let both = ScatterRegion.usual(.preloader, on: device.storage)
    if device.hasEqualBootSections {
      addBoot("preloader", region: both, file: "preloader_\(safe(device.project)).bin")
    } else {
      let first = ScatterRegion(device.storage == .ufs ? "UFS_LU0" : "EMMC_BOOT1")
      addBoot("preloader", region: first, file: "preloader_\(safe(device.project)).bin")
      addBoot(
        "preloader_backup", region: .usual(.preloaderBackup, on: device.storage),
        file: "preloader_backup_\(safe(device.project)).bin")
    }
  }

  private mutating func addBoot(_ name: String, region: ScatterRegion, file: String) {
    var partition = entry(name, start: 0, byteCount: device.bootByteCount, kind: .bootloaders)
    partition.region = region
    partition.type = .preloader
    partition.fileName = file
    partition.isDownload = true
    fileNames[name] = file
    takenFiles.insert(file)
    partitions.append(partition)
  }

  mutating func addTable(firstStart: UInt64) {
    partitions.append(entry("pgpt", start: 0, byteCount: firstStart, kind: .invisible))
    fileNames["pgpt"] = "pgpt.bin"
    takenFiles.insert("pgpt.bin")
  }

  mutating func add(_ source: ScatterBackup.Partition) {
    let names = Set(partitions.map(\.name))
    guard !source.name.isEmpty, !names.contains(source.name), source.name != "sgpt" else {
      leftOut.append(source.name)
      return
    }
    let kind = ScatterOperation.usual(forPartition: source.name)
    var partition = entry(source.name, start: source.start, byteCount: source.byteCount, kind: kind)
    let file = uniqueFile(source.name)
    fileNames[source.name] = file
    if kind == .update || kind == .bootloaders {
      partition.fileName = file
      partition.isDownload = true
    }
    partitions.append(partition)
  }

  mutating func addBackupTable(lastEnd: UInt64) {
    guard device.storage.hasPartitionTable, lastEnd < device.userByteCount else { return }
    let size = device.userByteCount - lastEnd
    partitions.append(entry("sgpt", start: lastEnd, byteCount: size, kind: .reserved))
  }

  /// Reserved entries that fill the section's end without a gap get placeholders; others keep their addresses.
  mutating func setPlaceholders() {
    var distance: UInt64 = 0
    for index in partitions.indices.reversed() {
      let partition = partitions[index]
      guard partition.isReserved, partition.byteCount <= device.userByteCount,
        distance <= device.userByteCount - partition.byteCount,
        partition.physicalStart == device.userByteCount - distance - partition.byteCount
      else { return }
      distance += partition.byteCount
      let placeholder = 0xFFFF_0000 + (distance / device.storage.usualBlockByteCount & 0xFFFF)
      partitions[index].linearStart = placeholder
      partitions[index].physicalStart = placeholder
    }
  }

  private func entry(
    _ name: String, start: UInt64, byteCount: UInt64, kind: ScatterOperation.Kind
  ) -> ScatterPartition {
    ScatterPartition(
      name: name, linearStart: start, physicalStart: start, byteCount: byteCount,
      region: .usual(.partition, on: device.storage), storage: device.storage.key, checksBoundary: kind != .reserved,
      isReserved: kind == .reserved, operation: ScatterOperation(kind))
  }

  private mutating func uniqueFile(_ name: String) -> String {
    let base = safe(name)
    var file = base + ".bin"
    var count = 2
    while !takenFiles.insert(file).inserted {
      file = "\(base)~\(count).bin"
      count += 1
    }
    return file
  }

  /// Names come from a device: nothing in them may lead elsewhere.
  private func safe(_ name: String) -> String {
    let kept = name.unicodeScalars.prefix(64).map { scalar -> Character in
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      return isPlain || "._-+".unicodeScalars.contains(scalar) ? Character(scalar) : "_"
    }
    let text = String(kept)
    return text.isEmpty || text.hasPrefix(".") ? "_" + text : text
  }
}

extension UInt64 {
  /// The sum, or the largest number where it has no room.
  func addingClamped(_ other: UInt64) -> UInt64 {
    let (sum, overflows) = addingReportingOverflow(other)
    return overflows ? .max : sum
  }
}
