import FlashImages
import WireFormat

/// What is odd about a package, in words and as a code that stays.
enum PackageRemarkText {
  static func sentence(_ oddity: PackageOddity) -> String {
    switch oddity {
    case .xml(.strayText): "text outside of any element, ignored"
    case .xml(.lateDeclaration): "the XML declaration is not at the beginning, ignored"
    case .xml(.severalRoots): "another root element; both are read"
    case .xml(.bareAmpersand): "an ampersand that begins nothing, taken as itself"
    case .noSectorSize: "no SECTOR_SIZE_IN_BYTES; the device's own is taken"
    case .disagrees(let attribute, let value): "\(attribute)=“\(value)” contradicts the other attributes, ignored"
    case .forcedErase: "force_erase, which only --vendor-erase honours"
    case .otherCase(let name, let found): "“\(name)” is “\(found)” here"
    case .unknownVersion(let version): "version “\(version)”, read as 1.2"
    case .emptyEntry: "an entry without id or path, skipped"
    }
  }

  static func code(_ oddity: PackageOddity) -> String {
    switch oddity {
    case .xml(.strayText): "stray-text"
    case .xml(.lateDeclaration): "late-declaration"
    case .xml(.severalRoots): "several-roots"
    case .xml(.bareAmpersand): "bare-ampersand"
    case .noSectorSize: "no-sector-size"
    case .disagrees: "disagrees"
    case .forcedErase: "force-erase"
    case .otherCase: "other-case"
    case .unknownVersion: "unknown-version"
    case .emptyEntry: "empty-entry"
    }
  }
}
