/// Turns names and linear addresses into a layout: sizes are distances, and the section follows from the place.
///
/// Source: `docs/protocols/mtk-scatter.md` 2.1, 2.2, 4.1 and 4.3.
struct ScatterLegacyLayout {
  let entries: [ScatterLegacyParser.Entry]
  let syntax: ScatterSyntax
  let storage: ScatterStorage?
  /// The linear address at which the user section begins, where that is known.
  let userStart: UInt64?

  init(_ entries: [ScatterLegacyParser.Entry], syntax: ScatterSyntax, path: String) {
    self.entries = entries
    self.syntax = syntax
    let names = Set(entries.map { $0.name.uppercased() })
    let fileName = PackagePath.name(of: path).lowercased()
    switch syntax {
    case .list: storage = nil
    default:
      storage = fileName.contains("emmc") || names.contains("MBR") || names.contains("EBR1") ? .emmc : .nand
    }
    userStart = storage == .emmc ? entries.first { $0.name.uppercased() == "MBR" }?.address : nil
  }

  var remarks: [ScatterRemark] {
    storage == .emmc && userStart == nil ? [ScatterRemark(.noBootRecord, line: entries.first?.line)] : []
  }

  func layout() -> ScatterLayout {
    let block = storage?.usualBlockByteCount ?? 0x20000
    return ScatterLayout(
      storage: storage, bootChannel: storage?.usualBootChannel ?? "", blockByteCount: block,
      partitions: entries.indices.map { partition($0, block: block) })
  }

  private func partition(_ index: Int, block: UInt64) -> ScatterPartition {
    let entry = entries[index]
    let isAtEnd = Self.isPlaceholder(entry)
    let kind: ScatterOperation.Kind =
      isAtEnd ? .reserved : entry.isDownload ? ScatterOperation.usual(forPartition: entry.name) : hiddenKind(entry.name)
    var partition = ScatterPartition(
      name: entry.name, isDownload: syntax == .legacy && entry.isDownload && !isAtEnd, linearStart: entry.address,
      physicalStart: entry.address, byteCount: isAtEnd ? blocks(of: index) * block : distance(from: index),
      region: .none, storage: storage?.key ?? "", checksBoundary: !isAtEnd, isReserved: isAtEnd,
      operation: ScatterOperation(kind))
    if partition.role == .preloader { partition.type = .preloader }
    guard storage == .emmc, !isAtEnd else {
      if storage == .emmc { partition.region = .emmcUser }
      return partition
    }
    let isBoot = userStart.map { entry.address < $0 } ?? (kind == .bootloaders)
    partition.region = isBoot ? .emmcBoot1 : .emmcUser
    if !isBoot, let userStart { partition.physicalStart = entry.address - userStart }
    return partition
  }

  private func hiddenKind(_ name: String) -> ScatterOperation.Kind {
    let usual = ScatterOperation.usual(forPartition: name)
    return usual == .update ? .invisible : usual
  }

  private static func isPlaceholder(_ entry: ScatterLegacyParser.Entry) -> Bool {
    (0xFFFF_0000...0xFFFF_FFFF).contains(entry.address)
      && ScatterPartition.endNames.contains(entry.name.lowercased())
  }

  /// Placeholders tell distances from the end: those of neighbours differ by the size.
  private func blocks(of index: Int) -> UInt64 {
    let own = entries[index].address & 0xFFFF
    let next = entries[(index + 1)...].first(where: Self.isPlaceholder).map { $0.address & 0xFFFF } ?? 0
    return own > next ? own - next : 0
  }

  /// Up to the next entry; 0 for the last one, which has what is left, and where the next one lies before this one or in
  /// another section.
  private func distance(from index: Int) -> UInt64 {
    guard index + 1 < entries.count else { return 0 }
    let (entry, next) = (entries[index], entries[index + 1])
    guard !Self.isPlaceholder(next), next.address > entry.address else { return 0 }
    return next.address - entry.address
  }
}
