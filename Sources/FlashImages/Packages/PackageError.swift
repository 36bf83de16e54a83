public import WireFormat

/// Why a flashing package, or a descriptor of one, is refused, and where.
public struct PackageError: Error, Equatable, Sendable {
  public var problem: PackageProblem
  public var place: PackagePlace

  public init(_ problem: PackageProblem, at place: PackagePlace) {
    self.problem = problem
    self.place = place
  }
}

/// What is wrong with a package. Source of the rules: `docs/protocols/qualcomm-packages.md`.
public enum PackageProblem: Equatable, Sendable {
  /// A file cannot be read.
  case file(ImageError)
  /// A descriptor of more bytes than `limit`.
  case tooLarge(byteCount: UInt64, limit: UInt64)
  /// A file that calls itself XML and is none: vendors encrypt some.
  case notXML
  case xml(XMLProblem)
  /// JSON that cannot be read; `reason` names the field.
  case json(reason: String)
  /// A readable file that is no descriptor of a package; the name of its root element, or of what it is.
  case otherDocument(String)

  // Elements and attributes.
  case missingAttribute(String)
  case badExpression(attribute: String, value: String, DiskExpressionError)
  /// A number outside of what the attribute can be.
  case badNumber(attribute: String, value: String, allowed: ClosedRange<UInt64>)
  case badFlag(attribute: String, value: String)
  /// A sector size that is no power of two from 256 to 65536.
  case badSectorSize(UInt64)
  /// `erase`, `zeroout`, `read` or `getsha256digest` of no sectors: on the wire that would be the whole drive.
  case noLength
  /// A patch that reaches over its sector's end.
  case patchOutsideSector(offset: UInt64, sectorByteCount: UInt64)
  /// `step`: commands of a fastboot script.
  case fastbootScript

  // Paths.
  case absolutePath(String)
  /// A path, or the link behind it, leads out of the package.
  case outsidePackage(String)
  /// Several files differ from a name by case alone.
  case ambiguousName(String, candidates: [String])
  case missingFile(String)

  // Meta builds and installers.
  case badVersion(String)
  case noProducts(count: Int)
  case emptySelector(String)
  case unknownSelector(String, choices: [String])
  /// Several selections and none chosen, or one word that means several.
  case ambiguousSelector(String?, choices: [String])
  case repeatedStorage(String)
  case noDescriptors
}
