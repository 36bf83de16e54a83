public import WireFormat

/// Where in a package something was seen: for messages, which always name the file and, where there is one, the line.
public struct PackagePlace: Equatable, Sendable {
  /// The descriptor, as the user or another descriptor named it.
  public var path: String
  /// From 1.
  public var line: Int?
  /// The element's name, and the label where it has one: `program system_a`.
  public var element: String?

  public init(path: String, line: Int? = nil, element: String? = nil) {
    self.path = path
    self.line = line
    self.element = element
  }

  /// The place of an element of a descriptor.
  public init(_ element: XMLElement, in path: String) {
    let label = element["label"] ?? element["name"] ?? ""
    self.init(
      path: path, line: element.position.line, element: label.isEmpty ? element.name : element.name + " " + label)
  }
}

extension PackagePlace: CustomStringConvertible {
  /// `rawprogram0.xml:12: program boot`.
  public var description: String {
    path + (line.map { ":\($0)" } ?? "") + (element.map { ": " + $0 } ?? "")
  }
}
