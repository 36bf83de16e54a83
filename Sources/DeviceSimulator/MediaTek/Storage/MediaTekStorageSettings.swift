/// What a simulated MediaTek device's agents do with its storage, of whatever generation they are.
///
/// Source: `docs/protocols/mtk-scatter.md` 11, and the sections 17 of `mtk-xflash.md` and `mtk-xml.md`.
struct MediaTekStorageSettings: Sendable {
  /// `nil`: the model's.
  var kind: MediaTekLayout.Kind?
  /// When a new partition table counts for who asks by name.
  var tableReload = TableReloadValue.immediate
  /// What becomes of a sparse image that is written to a range.
  var sparseByRange = SparseByRangeValue.stored
  /// Bytes before the backup table, at the end of the section with the partitions, that are neither written nor erased.
  var reserved = ByteCount(0)
  /// What can be asked for by name though no table has it.
  var extraNames = ExtraNamesValue(names: ExtraNamesValue.all)

  static func knobs(_ it: MediaTekStorageSettings) -> [KnobBinding<MediaTekStorageSettings>] {
    [
      .init("storage-kind", optional: \.kind, default: "the model's", "what the storage is; nand has no table"),
      .init("gpt-reload", \.tableReload, of: it, "when a new partition table counts for who asks by name"),
      .init("sparse-by-range", \.sparseByRange, of: it, "what becomes of a sparse image that is written to a range"),
      .init(
        "reserved-end", \.reserved, of: it,
        "bytes before the backup table that can be neither written nor erased"),
      .init("extra-names", \.extraNames, of: it, "names beyond the table that it knows, joined by +"),
    ]
  }
}

/// Names that agents know beside those of the table.
struct ExtraNamesValue: KnobValue, Equatable {
  var names: [String]

  static let all = ["PGPT", "SGPT", "preloader", "preloader_backup"]

  init(names: [String]) { self.names = names }

  init?(knobText text: String) {
    names = text == "none" ? [] : text.split(separator: "+").map(String.init)
    guard text == "none" || !names.isEmpty, names.allSatisfy(Self.all.contains) else { return nil }
  }
  var knobText: String { names.isEmpty ? "none" : names.joined(separator: "+") }
  static var allowed: [String] { ["none"] + all.map { $0 + "[+…]" } }
}

/// When a new partition table counts.
enum TableReloadValue: String, KnobValue, CaseIterable {
  case immediate
  /// The agent goes by what was there when it was started.
  case onNextSession = "on-next-session"
}

/// What an agent does with a sparse image that is written to a range.
enum SparseByRangeValue: String, KnobValue, CaseIterable {
  /// Its bytes are stored as they come.
  case stored
  case refused
}
