/// What a scatter file says, whatever syntax it is written in: the chip, and a layout for each kind of storage.
///
/// Names are those of the format. Numbers are values, so that two files that say the same give equal scatters.
/// Source: `docs/protocols/mtk-scatter.md`.
public struct Scatter: Equatable, Sendable {
  /// A key of the format that flashctl carries along and does nothing with.
  public struct Setting: Equatable, Sendable {
    public var key: String
    public var value: String

    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  /// `config_version`; `nil` in the forms that have none.
  public var version: ScatterVersion?
  /// `MT6765`, with the letter of the package variant where there is one; empty where nothing tells it.
  public var platform: String
  public var project: String
  /// Other keys of the global block, in order.
  public var settings: [Setting]
  /// One for each storage, in the file's order; at least one.
  public var layouts: [ScatterLayout]

  public init(
    version: ScatterVersion?, platform: String = "", project: String = "", settings: [Setting] = [],
    layouts: [ScatterLayout]
  ) {
    self.version = version
    self.platform = platform
    self.project = project
    self.settings = settings
    self.layouts = layouts
  }

  /// The layout for a storage; `nil` where the file has none.
  public func layout(for storage: ScatterStorage) -> ScatterLayout? { layouts.first { $0.storage == storage } }

  /// The digits of the platform: `6765` for `MT6765D`. `nil` where it is no `MT` with digits.
  public var chip: String? {
    guard platform.uppercased().hasPrefix("MT") else { return nil }
    let digits = platform.dropFirst(2).prefix { $0.isASCII && $0.isNumber }
    return digits.isEmpty ? nil : String(digits)
  }
}

/// The partitions of one storage.
public struct ScatterLayout: Equatable, Sendable {
  /// `nil` where the file does not tell (OTA lists).
  public var storage: ScatterStorage?
  /// `MSDC_0`, `UFSHCI_0`, `NONE`; empty where the file has none. Information.
  public var bootChannel: String
  /// The unit of end-relative placeholders in bytes, at least 1; not the sector size.
  public var blockByteCount: UInt64
  /// In the file's order.
  public var partitions: [ScatterPartition]

  public init(
    storage: ScatterStorage?, bootChannel: String = "", blockByteCount: UInt64, partitions: [ScatterPartition]
  ) {
    self.storage = storage
    self.bootChannel = bootChannel
    self.blockByteCount = blockByteCount
    self.partitions = partitions
  }

  /// The partition of that name: exactly, else without regard to case.
  public func partition(named name: String) -> ScatterPartition? {
    partitions.first { $0.name == name } ?? partitions.first { $0.name.lowercased() == name.lowercased() }
  }
}
