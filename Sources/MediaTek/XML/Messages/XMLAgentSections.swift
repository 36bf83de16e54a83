/// What agents call the sections of the storage. Source: `docs/protocols/mtk-xml.md` 9.
public enum XMLAgentSections {
  /// The agents' name for a section as `MediaTekSections` names it; `nil` where they have none.
  public static func name(of section: String, in storage: XMLAgentHardware.Storage) -> String? {
    switch storage {
    case .emmc:
      let names = ["user": "EMMC-USER", "boot1": "EMMC-BOOT1", "boot2": "EMMC-BOOT2", "rpmb": "EMMC-RPMB"]
      if let name = names[section] { return name }
      guard section.hasPrefix("gp"), let number = Int(section.dropFirst(2)), (1...4).contains(number) else {
        return nil
      }
      return "EMMC-GP\(number)"
    case .ufs:
      guard section.hasPrefix("lun"), let number = Int(section.dropFirst(3)), (0...7).contains(number) else {
        return nil
      }
      return "UFS-LUA\(number)"
    case .nand: return section == "user" ? "NAND-WHOLE" : nil
    case .none, .other: return nil
    }
  }
}
