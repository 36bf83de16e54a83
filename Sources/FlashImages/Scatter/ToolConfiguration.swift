import WireFormat

/// A configuration of the vendor's V5 console tool, read for import: which files, which mode, which ranges to read.
///
/// Windows paths in it mean nothing here: only their last component is kept.
/// Source: `docs/protocols/mtk-scatter.md` 8.3.
public struct ToolConfiguration: Equatable, Sendable {
  /// A range that is to be read to a file.
  public struct Readback: Equatable, Sendable {
    public var isEnabled: Bool
    public var start: UInt64
    public var byteCount: UInt64
    /// eMMC: 1 boot1, 2 boot2, 8 user; 0 where nothing is said.
    public var partID: UInt64
    public var fileName: String

    /// The section of an eMMC that `partID` stands for.
    public var section: ScatterSection? {
      switch partID {
      case 1: .boot1
      case 2: .boot2
      case 8: .user
      default: nil
      }
    }
  }

  public var chipName: String?
  public var storage: ScatterStorage?
  public var agent: String?
  public var scatter: String?
  public var authentication: String?
  public var certificate: String?
  /// Entries that are switched off, by their number in the scatter file.
  public var disabledEntries: [Int]
  /// `nil` where the commands say no way of flashing.
  public var mode: ScatterMode?
  public var readbacks: [Readback]

  init(_ root: XMLElement) {
    let general = root.children(named: "general").first
    func text(_ name: String) -> String? {
      general?.children(named: name).first.map(\.trimmedText).flatMap { $0.isEmpty ? nil : $0 }
    }
    func file(_ name: String) -> String? { text(name).map(PackagePath.name(of:)) }
    chipName = text("chip-name")
    storage = text("storage-type").flatMap(ScatterStorage.init(parsing:))
    agent = file("download-agent")
    scatter = file("scatter")
    authentication = file("authentication")
    certificate = file("certification")
    disabledEntries = (general?.children(named: "rom-list").first?.children(named: "rom") ?? []).compactMap { rom in
      ScatterValue.flag(rom["enable"] ?? "true") == false ? Int(rom["index"] ?? "") : nil
    }
    let commands = root.children(named: "commands").first?.children ?? []
    mode = commands.lazy.compactMap { Self.mode($0.name) }.first
    readbacks = commands.filter { $0.isNamed("readback") }.flatMap { readback in
      readback.children(named: "readback-list").flatMap { $0.children(named: "readback-rom-item") }
    }.prefix(256).compactMap(Self.readback)
  }

  private static func mode(_ command: String) -> ScatterMode? {
    switch command.lowercased() {
    case "download-only": .downloadOnly
    case "firmware-upgrade": .firmwareUpgrade
    case "format-download": .formatAllAndDownload
    default: nil
    }
  }

  /// Addresses have 16 hexadecimal digits, with or without `0x`.
  private static func readback(_ item: XMLElement) -> Readback? {
    func number(_ name: String) -> UInt64? {
      guard let text = item[name].map(DescriptorReader.trim), !text.isEmpty else { return nil }
      return ScatterValue.number(text.lowercased().hasPrefix("0x") ? text : "0x" + text)
    }
    guard let start = number("start-address"), let count = number("readback-length") else { return nil }
    return Readback(
      isEnabled: ScatterValue.flag(item["readback-enable"] ?? "true") ?? true, start: start, byteCount: count,
      partID: item["part-id"].flatMap { ScatterValue.number(DescriptorReader.trim($0)) } ?? 0,
      fileName: PackagePath.name(of: item.trimmedText))
  }
}
