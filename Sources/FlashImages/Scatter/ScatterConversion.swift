/// Brings a scatter into the shape of another syntax, and says what that syntax cannot say.
///
/// Source: `docs/protocols/mtk-scatter.md` 9.
public struct ScatterConversion: Equatable, Sendable {
  /// Something that the other syntax has no place for.
  public enum Loss: Equatable, Sendable {
    /// Layouts for these storages.
    case layouts([ScatterStorage])
    /// The names of so many files.
    case fileNames(Int)
    /// Sizes that differ from the distance to the next entry, of these partitions.
    case sizes([String])
    /// Everything else that entries say: type, operation, flags.
    case keys
    /// Global keys.
    case settings([String])
    /// Linear addresses: later versions have none that differ from the physical ones.
    case linearAddresses
    /// Start and size of these partitions, which the legacy form can only place in the user section.
    case regions([String])
  }

  public let scatter: Scatter
  public let losses: [Loss]

  /// `version` is the one to write: the scatter's own or the next best where it is `nil`. `storage` chooses among several
  /// layouts.
  public init(
    _ scatter: Scatter, to syntax: ScatterSyntax, version: ScatterVersion? = nil, storage: ScatterStorage? = nil
  ) throws(ScatterWriteError) {
    guard syntax != .list, scatter.layouts.allSatisfy({ $0.storage != nil }) else { throw .noSyntax }
    var result = scatter
    var losses: [Loss] = []
    result.version = syntax == .legacy ? nil : Self.version(of: scatter, for: syntax, wanted: version)
    try Self.choose(storage, in: &result, losses: &losses)
    if syntax == .legacy {
      try Self.reduce(result, losses: &losses)
    } else if result.version?.hasLinearAddresses == false {
      Self.dropLinearAddresses(in: &result, losses: &losses)
    }
    self.scatter = result
    self.losses = losses
  }

  private static func version(
    of scatter: Scatter, for syntax: ScatterSyntax, wanted: ScatterVersion?
  ) -> ScatterVersion {
    if let wanted { return wanted }
    if let own = scatter.version {
      return syntax == .xml && !own.hasStorageSections ? .v118 : own
    }
    let isLinear = scatter.layouts.contains { $0.partitions.contains { $0.linearStart != $0.physicalStart } }
    return syntax == .xml ? .v118 : isLinear ? ScatterVersion("V1.1.1") : .v112
  }

  private static func choose(
    _ storage: ScatterStorage?, in scatter: inout Scatter, losses: inout [Loss]
  ) throws(ScatterWriteError) {
    let all = scatter.layouts.compactMap(\.storage)
    if let storage {
      guard let layout = scatter.layout(for: storage) else { throw .noLayout(storage, has: all) }
      scatter.layouts = [layout]
      if all.count > 1 { losses.append(.layouts(all.filter { $0 != storage })) }
    }
    guard scatter.hasSections || scatter.layouts.count == 1 else { throw .severalStorages(all) }
  }

  private static func dropLinearAddresses(in scatter: inout Scatter, losses: inout [Loss]) {
    var isLost = false
    for layout in scatter.layouts.indices {
      for index in scatter.layouts[layout].partitions.indices {
        let partition = scatter.layouts[layout].partitions[index]
        guard partition.linearStart != partition.physicalStart else { continue }
        scatter.layouts[layout].partitions[index].linearStart = partition.physicalStart
        isLost = true
      }
    }
    if isLost { losses.append(.linearAddresses) }
  }

  // MARK: Legacy

  /// Whether starts count the whole device: a NAND's always do, an eMMC's when the boot record's does.
  static func hasLinearAddresses(_ layout: ScatterLayout) -> Bool {
    switch layout.storage {
    case .nand, .nor: return true
    case .emmc:
      guard let record = layout.partition(named: "MBR") else { return false }
      return record.linearStart > 0 && record.physicalStart == 0
    default: return false
    }
  }

  /// Says what gets lost in the legacy form.
  private static func reduce(_ scatter: Scatter, losses: inout [Loss]) throws(ScatterWriteError) {
    guard let layout = scatter.layouts.first, hasLinearAddresses(layout) else { throw .noLinearAddresses }
    let files = layout.partitions.count { $0.fileName != nil }
    if files > 0 { losses.append(.fileNames(files)) }
    if !scatter.settings.isEmpty { losses.append(.settings(scatter.settings.map(\.key))) }
    let again = ScatterLegacyLayout(
      layout.partitions.map {
        ScatterLegacyParser.Entry(name: $0.name, isDownload: $0.isDownload, address: $0.linearStart, line: 1)
      }, syntax: .legacy, path: layout.storage == .emmc ? "emmc" : "nand"
    ).layout()
    let pairs = Array(zip(layout.partitions, again.partitions))
    let sizes = pairs.filter { $0.byteCount != $1.byteCount }.map(\.0.name)
    if !sizes.isEmpty { losses.append(.sizes(sizes)) }
    let regions = pairs.filter { old, new in
      old.physicalStart != new.physicalStart
        || old.region.sections(on: layout.storage) != new.region.sections(on: layout.storage)
    }.map(\.0.name)
    if !regions.isEmpty { losses.append(.regions(regions)) }
    let says = pairs.contains { old, new in
      old.type != new.type || old.operation.kind != new.operation.kind || old.isUpgradable != nil
        || old.isNeededForEmptyBoot != nil || old.checksComboSize != nil || !old.settings.isEmpty
    }
    if says { losses.append(.keys) }
  }
}
