/// `operation_type`: what the modes do with an entry.
///
/// Source: `docs/protocols/mtk-scatter.md` 3.4.
public struct ScatterOperation: Equatable, Sendable {
  public enum Kind: String, CaseIterable, Equatable, Sendable {
    /// Content of a boot section, with its boot header.
    case bootloaders = "BOOTLOADERS"
    /// Replaced by a new version.
    case update = "UPDATE"
    /// Without a file; left alone, and erased when the layout is rewritten.
    case invisible = "INVISIBLE"
    /// Device-specific: survives a firmware upgrade.
    case protected = "PROTECTED"
    /// As `protected`, backed up by address.
    case binRegion = "BINREGION"
    /// At the end of the section, never written by modes.
    case reserved = "RESERVED"
    /// As large as the room that is left.
    case needResize = "NEEDRESIZE"
  }

  /// As the file writes it.
  public var text: String

  public init(_ text: String) { self.text = text }

  public init(_ kind: Kind) { text = kind.rawValue }

  /// `nil` for a word that nobody has described; `BIN` and its like of NAND files count as `UPDATE`.
  public var kind: Kind? {
    switch text.uppercased() {
    case "BOOTLOADER": .bootloaders
    case "NEEDUPDATA", "NEEDUPDATE", "BIN", "NORMAL_ROM", "SECURE_ROM": .update
    default: Kind(rawValue: text.uppercased())
    }
  }

  /// What is done with an entry, an unknown word counting as `PROTECTED` without a file and `UPDATE` with one.
  public func effective(hasFile: Bool) -> Kind { kind ?? (hasFile ? .update : .protected) }

  /// What generators assign to a partition of this name, for files that say nothing and for backups.
  public static func usual(forPartition name: String) -> Kind {
    let lower = name.lowercased()
    if table[lower] == nil, lower.hasSuffix("_a") || lower.hasSuffix("_b") {
      return table[String(lower.dropLast(2))] ?? .update
    }
    if let kind = table[lower] { return kind }
    return lower.hasPrefix("opporeserve") ? .protected : .update
  }

  private static let table: [String: Kind] = {
    var table: [String: Kind] = [:]
    for name in ["preloader", "preloader_backup", "loader_ext1", "loader_ext2", "dsp_bl"] { table[name] = .bootloaders }
    for name in [
      "pgpt", "seccfg", "para", "expdb", "nvdata", "frp", "metadata", "misc", "boot_para", "sec1", "keystore",
      "oemkeystore", "md_udc", "pmt",
    ] {
      table[name] = .invisible
    }
    for name in [
      "protect1", "protect2", "protect_f", "protect_s", "proinfo", "pro_info", "nvcfg", "persist", "oeminfo", "utags",
      "hw", "kb", "dkb",
    ] {
      table[name] = .protected
    }
    table["nvram"] = .binRegion
    for name in ScatterPartition.endNames { table[name] = .reserved }
    return table
  }()
}

/// `type`: how an image is handled.
///
/// Source: `docs/protocols/mtk-scatter.md` 3.2. Whether an image is sparse, its content tells.
public struct ScatterImageType: Equatable, Sendable {
  /// As the file writes it: `NORMAL_ROM`, `EXT4_IMG`.
  public var text: String

  public init(_ text: String) { self.text = text }

  public static let normalROM = ScatterImageType("NORMAL_ROM")
  public static let preloader = ScatterImageType("SV5_BL_BIN")
  public static let ext4 = ScatterImageType("EXT4_IMG")
  public static let none = ScatterImageType("NONE")

  public var isKnown: Bool { Self.known.contains(text.uppercased()) }
  /// An image with a GFH header in front.
  public var isPreloader: Bool { text.uppercased() == "SV5_BL_BIN" }
  /// Pages with spare data, on a NAND.
  public var isYAFFS: Bool { text.uppercased() == "YAFFS_IMG" }
  /// For the vendor's flash translation layer, which flashctl cannot write.
  public var needsTranslationLayer: Bool { text.uppercased() == "FTL20_IMG" }

  private static let known: Set<String> = [
    "SV5_BL_BIN", "NORMAL_ROM", "EXT4_IMG", "YAFFS_IMG", "UBI_IMG", "FTL20_IMG", "NONE", "UNKNOWN_BIN",
  ]
}
