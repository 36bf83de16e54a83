import WireFormat

/// A configuration of the vendor's V6 console tool, read for import.
///
/// Source: `docs/protocols/mtk-scatter.md` 8.4.
public struct ConsoleConfiguration: Equatable, Sendable {
  /// A command of an agent, with what it is given.
  public struct Command: Equatable, Sendable {
    /// `READ-PARTITION`, `REBOOT`, …
    public var name: String
    public var arguments: [Scatter.Setting]
    /// The last component of the file that it works on.
    public var fileName: String?
  }

  public var downloadXML: String?
  public var authentication: String?
  public var certificate: String?
  /// What SET-RUNTIME-PARAMETER gets: `da_log_level`, `checksum_level`, …
  public var runtimeParameters: [Scatter.Setting]
  public var commands: [Command]

  init(_ root: XMLElement) {
    let general = root.children(named: "general").first
    let connection = general?.children(named: "connect-args").first
    func file(_ name: String) -> String? {
      let text = connection?.children(named: name).first?.trimmedText ?? ""
      return text.isEmpty ? nil : PackagePath.name(of: text)
    }
    downloadXML = file("flash-xml")
    authentication = file("auth-file")
    certificate = file("cert-file")
    runtimeParameters = Self.settings(general?.children(named: "runtime-parameter").first)
    commands = (root.children(named: "commands").first?.children ?? []).prefix(256).map { element in
      Command(
        name: element.name, arguments: Self.settings(element),
        fileName: element.children.lazy.compactMap { $0["file_name"] }.first.map(PackagePath.name(of:)))
    }
  }

  private static func settings(_ element: XMLElement?) -> [Scatter.Setting] {
    (element?.attributes ?? []).map { Scatter.Setting($0.name, $0.value) }
  }
}
