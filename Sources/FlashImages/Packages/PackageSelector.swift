/// What a user writes behind a package's name: `contents.xml::ufs`, `x.zip::layout0/emmc,spinor`.
///
/// Source: `docs/protocols/qualcomm-packages.md` 9 and 10.
public struct PackageSelector: Equatable, Sendable {
  public var path: String
  /// What follows the last `::`; `nil` without one.
  public var selector: String?

  /// Cuts at the last `::`. A file that itself is called so is a file (`exists`).
  public init(_ text: String, exists: (String) -> Bool) {
    path = text
    guard !exists(text) else { return }
    var index = text.endIndex
    while index > text.startIndex {
      index = text.index(before: index)
      guard text[index...].hasPrefix("::") else { continue }
      path = String(text[..<index])
      selector = String(text[text.index(index, offsetBy: 2)...])
      return
    }
  }

  /// Storage types that selectors and `contents.xml` know, in lower case.
  public static let storages = ["emmc", "ufs", "nand", "nvme", "spinor"]

  static func isStorage(_ word: some StringProtocol) -> Bool { storages.contains(word.lowercased()) }
}
