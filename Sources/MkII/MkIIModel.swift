/// A device that is known to speak Mk II or one of its siblings.
///
/// Source: `docs/protocols/mkii.md` 2.1, 2.2 and 7.
public struct MkIIModel: Equatable, Sendable {
  /// The product code: what the device answers, and what images name.
  public var code: String
  /// The name on the case.
  public var name: String
  /// What `/update/supported_images` says where that is known.
  public var supportedImages: [String]?

  public static let all = [
    MkIIModel(code: "SU-18", name: "Nokia 770"),
    MkIIModel(code: "RX-34", name: "Nokia N800"),
    MkIIModel(code: "RX-44", name: "Nokia N810"),
    MkIIModel(code: "RX-48", name: "Nokia N810 WiMAX"),
    MkIIModel(
      code: "RX-51", name: "Nokia N900",
      supportedImages: ["xloader", "secondary", "kernel", "mmc", "cmt-2nd", "cmt-algo", "cmt-mcusw"]),
    MkIIModel(code: "RM-680", name: "Nokia N950"),
    MkIIModel(code: "RM-696", name: "Nokia N9"),
  ]

  public static func withCode(_ code: String) -> MkIIModel? { all.first { $0.code == code } }

  /// The product code of the model that an iProduct string names: `RX-51` for `N900 (PC-Suite Mode)`, `nil` for
  /// `Nxy (Update mode)`.
  public static func code(inProduct product: String) -> String? {
    let words = product.split { !$0.isLetter && !$0.isNumber }.map(String.init)
    for word in words {
      switch word {
      case "770": return "SU-18"
      case "N800": return "RX-34"
      case "N810": return words.contains("WiMAX") ? "RX-48" : "RX-44"
      case "RX48": return "RX-48"
      case "N900": return "RX-51"
      case "N950": return "RM-680"
      case "N9": return "RM-696"
      default: continue
      }
    }
    return nil
  }
}
