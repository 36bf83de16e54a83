import FlashCore
import FlashImages
import WireFormat

extension PlanWarning {
  /// What is odd about a package, as the plan carries it.
  init(_ remark: PackageRemark) {
    let place = remark.place.description
    func warning(_ code: String, _ facts: [String: String] = [:]) -> PlanWarning {
      PlanWarning(
        code: code, subject: remark.place.element ?? remark.place.path, facts: facts.merging(["place": place]) { $1 })
    }
    switch remark.oddity {
    case .xml(.strayText): self = warning("package.stray-text")
    case .xml(.lateDeclaration): self = warning("package.late-declaration")
    case .xml(.severalRoots): self = warning("package.several-roots")
    case .xml(.bareAmpersand): self = warning("package.bare-ampersand")
    case .noSectorSize: self = warning("package.no-sector-size")
    case .disagrees(let attribute, let value):
      self = warning("package.disagrees", ["attribute": attribute, "value": value])
    case .forcedErase: self = warning("package.force-erase")
    case .otherCase(_, let found): self = warning("other-case", ["file": remark.place.path, "found": found])
    case .unknownVersion(let version): self = warning("package.unknown-version", ["version": version])
    case .emptyEntry: self = warning("package.empty-entry")
    }
  }
}
