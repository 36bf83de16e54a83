/// What an agent tells of the memory and the storage: the document da_hw_info.
///
/// Sizes are in bytes; 0 where the document has none. Source: `docs/protocols/mtk-xml.md` 8.
public struct XMLAgentHardware: Equatable, Sendable {
  public enum Storage: Equatable, Sendable {
    /// `general` are the sizes of the general-purpose sections 1 to 4.
    case emmc(boot1: UInt64, boot2: UInt64, rpmb: UInt64, user: UInt64, general: [UInt64])
    /// The sizes of the logical units, in order.
    case ufs(units: [UInt64])
    case nand(NAND)
    case none
    /// A kind that nobody has described.
    case other(String)
  }

  public struct NAND: Equatable, Sendable {
    public var pageByteCount: UInt64
    public var spareByteCount: UInt64
    public var byteCount: UInt64
    public var parityByteCount: UInt64
    public var subType: String
  }

  public var version: String
  public var memoryByteCount: UInt64
  /// Millivolts.
  public var batteryVoltage: UInt64
  public var randomID: String
  public var productID: String
  public var storage: Storage
  /// Of the storage: an eMMC's sector, UFS's logical block, NAND's erase block.
  public var blockByteCount: UInt64
  /// What the storage says who it is, in hexadecimal digits where they are: CID, product name.
  public var storageID: String
  public var storageVendorID: String
  public var storageFirmware: String

  /// `nil` where the document is another one.
  public init?(parsing bytes: [UInt8]) {
    let text = XMLAgentText(bytes)
    guard let kind = text.value("storage") else { return nil }
    version = text.value("version") ?? ""
    memoryByteCount = text.number("ram_size") ?? 0
    batteryVoltage = text.number("battery_voltage") ?? 0
    randomID = text.value("random_id") ?? ""
    productID = text.value("product_id") ?? ""
    let inside = text.element(kind.lowercased()) ?? text
    storage = Self.storage(kind, inside)
    blockByteCount = inside.number("block_size") ?? 0
    let names = ["id", "ufs_cid", "emmc_cid"]
    storageID = names.lazy.compactMap { inside.value($0) }.first { !$0.isEmpty } ?? ""
    storageVendorID = inside.value("ufs_vendor_id") ?? ""
    storageFirmware = inside.value("ufs_fwver") ?? ""
  }

  private static func storage(_ kind: String, _ text: XMLAgentText) -> Storage {
    switch kind.uppercased() {
    case "EMMC":
      .emmc(
        boot1: text.number("boot1_size") ?? 0, boot2: text.number("boot2_size") ?? 0,
        rpmb: text.number("rpmb_size") ?? 0, user: text.number("user_size") ?? 0,
        general: (1...4).map { text.number("gp\($0)_size") ?? 0 })
    case "UFS": .ufs(units: (0..<8).map { text.number("lua\($0)_size") ?? 0 })
    case "NAND":
      .nand(
        NAND(
          pageByteCount: text.number("page_size") ?? 0, spareByteCount: text.number("spare_size") ?? 0,
          byteCount: text.number("total_size") ?? 0, parityByteCount: text.number("page_parity_size") ?? 0,
          subType: text.value("sub_type") ?? ""))
    case "NONE", "": .none
    default: .other(kind)
    }
  }

  /// The name of the storage's kind, as the document has it.
  public var storageName: String {
    switch storage {
    case .emmc: "eMMC"
    case .ufs: "UFS"
    case .nand: "NAND"
    case .none: "none"
    case .other(let name): name
    }
  }
}
