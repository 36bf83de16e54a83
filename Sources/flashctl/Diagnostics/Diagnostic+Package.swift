import FlashImages
import Qualcomm

extension Diagnostic {
  /// A package that is refused: the file, the line, the element, the reason.
  init(_ error: PackageError) {
    let place = error.place
    if case .file(let error) = error.problem {
      self.init(error)
      if place.line != nil { message = "\(place): \(message)" }
    } else {
      let isMissing = if case .missingFile = error.problem { true } else { false }
      self.init(
        code: "package." + Self.code(error.problem),
        message: "\(place): \(PackageProblemText.sentence(error.problem))",
        remedy: PackageProblemText.remedy(error.problem),
        exitStatus: isMissing ? .missingInput : Self.status(error.problem))
    }
    step = step ?? "read the package"
  }

  private static func status(_ problem: PackageProblem) -> ExitStatus {
    switch problem {
    case .unknownSelector, .ambiguousSelector, .emptySelector, .repeatedStorage: .usage
    default: .badData
    }
  }

  private static func code(_ problem: PackageProblem) -> String {
    switch problem {
    case .file: "file"
    case .tooLarge: "too-large"
    case .notXML: "not-xml"
    case .xml: "xml"
    case .json: "json"
    case .otherDocument: "other-document"
    case .missingAttribute: "missing-attribute"
    case .badExpression: "bad-expression"
    case .badNumber, .badFlag, .badSectorSize: "bad-value"
    case .noLength: "no-length"
    case .patchOutsideSector: "patch-outside-sector"
    case .fastbootScript: "fastboot-script"
    case .absolutePath, .outsidePackage: "outside"
    case .ambiguousName: "ambiguous-name"
    case .missingFile: "missing-file"
    case .badVersion, .noProducts: "unknown-version"
    case .emptySelector, .unknownSelector, .ambiguousSelector, .repeatedStorage: "selector"
    case .noDescriptors: "empty"
    }
  }
}
