import WireFormat

/// A `flash.xml`: which agent and which scatter file belong together.
///
/// Elements may come in any order; schemas are not looked at. Source: `docs/protocols/mtk-scatter.md` 8.1.
public struct DownloadXML: Equatable, Sendable {
  public var project: String?
  /// `dagent`: the agent's file, relative to this one.
  public var agent: String?
  /// `scatter`: the scatter file, relative to this one.
  public var scatter: String?
  /// Everything else that is said, in order: `build_version`, `build_time`, `version`, `contact`, `arch`.
  public var facts: [Scatter.Setting]

  init(_ root: XMLElement) {
    func text(_ name: String) -> String? {
      root.children(named: name).first.map(\.trimmedText).flatMap { $0.isEmpty ? nil : $0 }
    }
    project = text("project")
    agent = text("dagent")
    scatter = text("scatter")
    facts = root.children.filter { child in !["project", "dagent", "scatter"].contains(child.name.lowercased()) }
      .prefix(64).map { Scatter.Setting($0.name, $0.trimmedText) }
  }

  /// Fuse descriptions have the same root: the file's name or one of its elements tells.
  static func isForFuses(_ root: XMLElement, path: String) -> Bool {
    PackagePath.name(of: path).lowercased().contains("efuse")
      || root.children.contains { child in
        child.name.lowercased().contains("efuse") || child.trimmedText.lowercased().contains("efuse")
      }
  }
}
