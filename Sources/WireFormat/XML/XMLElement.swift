/// One attribute, in the order in which it was written.
public struct XMLAttribute: Equatable, Sendable {
  public var name: String
  /// The value with its references resolved, and white space as it was.
  public var value: String

  public init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// An element with everything in it.
public struct XMLElement: Equatable, Sendable {
  public var name: String
  public var attributes: [XMLAttribute]
  public var children: [XMLElement]
  /// The text directly inside, all pieces joined, references resolved.
  public var text: String
  /// Where its start tag begins.
  public var position: XMLPosition

  public init(
    _ name: String, attributes: [XMLAttribute] = [], children: [XMLElement] = [], text: String = "",
    position: XMLPosition = XMLPosition(offset: 0, line: 1, column: 1)
  ) {
    self.name = name
    self.attributes = attributes
    self.children = children
    self.text = text
    self.position = position
  }

  /// Whether the element has this name, whatever the case (`docs/protocols/sahara.md` 3.4; devices and vendors differ).
  public func isNamed(_ other: String) -> Bool { name == other || name.lowercased() == other.lowercased() }

  /// The value of an attribute: by its exact name first, else whatever the case.
  public subscript(_ name: String) -> String? {
    if let exact = attributes.first(where: { $0.name == name }) { return exact.value }
    let folded = name.lowercased()
    return attributes.first { $0.name.lowercased() == folded }?.value
  }

  /// The children of this name, whatever the case.
  public func children(named name: String) -> [XMLElement] { children.filter { $0.isNamed(name) } }
}
