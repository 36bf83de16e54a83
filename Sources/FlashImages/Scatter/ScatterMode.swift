/// What a flash job does with a device beyond the files that are selected: the vendor's own modes.
///
/// Source: `docs/protocols/mtk-scatter.md` 7.
public enum ScatterMode: String, CaseIterable, Equatable, Sendable {
  /// Writes what is selected, on a device that has this layout already.
  case downloadOnly = "download-only"
  /// Rewrites the layout where it differs, and keeps what only this device has.
  case firmwareUpgrade = "firmware-upgrade"
  /// Erases everything, identity included, and writes what is selected.
  case formatAllAndDownload = "format-all-download"
  /// Erases everything, identity included.
  case formatAll = "format-all"
}
