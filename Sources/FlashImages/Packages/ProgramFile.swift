public import WireFormat

/// A `rawprogram`, `patch`, erase, read or provisioning file: elements in the order of the document.
///
/// Source: `docs/protocols/qualcomm-packages.md` 1.1 to 3.
public struct ProgramFile: Equatable, Sendable {
  public enum Kind: String, Equatable, Sendable {
    case program
    case patch
    case provisioning
  }

  /// As the user or another descriptor named it.
  public let path: String
  public let kind: Kind
  public let elements: [ProgramElement]
  public let remarks: [PackageRemark]

  /// Names of roots that hold such elements.
  static func isRoot(_ element: XMLElement) -> Bool { element.isNamed("data") || element.isNamed("patches") }

  /// Takes the roots of a document; each must be `data` or `patches`.
  init(_ document: XMLDocument, path: String) throws(PackageError) {
    self.path = path
    var remarks = document.oddities.map {
      PackageRemark(.xml($0), at: PackagePlace(path: path, line: $0.position.line))
    }
    var elements: [ProgramElement] = []
    for root in document.roots {
      guard Self.isRoot(root) else {
        throw PackageError(.otherDocument(root.name), at: PackagePlace(root, in: path))
      }
      for child in root.children { elements.append(try ProgramElement(child, path: path, remarks: &remarks)) }
    }
    self.elements = elements
    self.remarks = remarks
    kind = Self.kind(of: document.roots)
  }

  private static func kind(of roots: [XMLElement]) -> Kind {
    let children = roots.flatMap(\.children)
    if children.contains(where: { $0.isNamed("ufs") }) { return .provisioning }
    if children.isEmpty { return roots.allSatisfy { $0.isNamed("patches") } ? .patch : .program }
    return children.allSatisfy { $0.isNamed("patch") } ? .patch : .program
  }

  /// All `program` entries, those without a file too.
  public var programs: [ProgramElement.Program] {
    elements.compactMap { if case .program(let program) = $0.action { program } else { nil } }
  }
}

extension XMLOddity {
  /// Where it was seen.
  public var position: XMLPosition {
    switch self {
    case .strayText(let position), .lateDeclaration(let position), .severalRoots(let position),
      .bareAmpersand(let position):
      position
    }
  }
}
