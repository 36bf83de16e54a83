import FlashImages
import WireFormat

/// What is wrong with a package, in words.
enum PackageProblemText {
  static func sentence(_ problem: PackageProblem) -> String {
    switch problem {
    case .file: "cannot be read"
    case .tooLarge(let count, let limit): "\(count) bytes, and no descriptor has more than \(limit)"
    case .notXML: "descriptor is not XML; encrypted by the vendor?"
    case .xml(let problem): problem.term
    case .json(let reason): reason
    case .otherDocument(let name): other(name)
    case .missingAttribute(let name): "has no \(name)"
    case .badExpression(let attribute, let value, .negative): "\(attribute)=\(quoted(value)) is less than nothing"
    case .badExpression(let attribute, let value, let error):
      "\(attribute)=\(quoted(value)): \(ExpressionText.sentence(error))"
    case .badNumber(let attribute, let value, let allowed):
      "\(attribute)=\(quoted(value)) is no number from \(allowed.lowerBound) to \(allowed.upperBound)"
    case .badFlag(let attribute, let value): "\(attribute)=\(quoted(value)) is neither true nor false"
    case .badSectorSize(let size): "a sector size of \(size) bytes, which no storage has"
    case .noLength: "has no num_partition_sectors, which would mean the whole drive"
    case .patchOutsideSector(let offset, let size):
      "byte_offset \(offset) reaches over the end of the sector (\(size) bytes)"
    case .fastbootScript: "a step of a fastboot script, which is for another mode of the device"
    case .absolutePath(let path): "names \(quoted(path)), and packages name files by relative paths only"
    case .outsidePackage(let path): "names \(quoted(path)), which lies outside of the package"
    case .ambiguousName(let name, let candidates):
      "names \(quoted(name)); there are \(candidates.joined(separator: ", ")), which differ by case"
    case .missingFile(let name): "names \(quoted(name)), which is not there"
    case .badVersion(let version): "version “\(version)” is not known"
    case .noProducts(let count): "describes \(count) products, and one is expected"
    case .emptySelector(let text): "the selector “\(text)” has an empty part"
    case .unknownSelector(let text, let choices):
      "has no “\(text)”; there is \(list(choices))"
    case .ambiguousSelector(let text, let choices):
      text.map { "“\($0)” could mean \(list(choices))" } ?? "holds several: \(list(choices))"
    case .repeatedStorage(let storage): "\(storage) was chosen twice"
    case .noDescriptors: "holds nothing to flash"
    }
  }

  /// A file's text in quotes; of a long one the beginning.
  private static func quoted(_ text: String) -> String { "“\(text.prefix(120))\(text.count > 120 ? "…" : "")”" }

  private static func other(_ name: String) -> String {
    switch name.lowercased() {
    case "configuration": "the input of a partition tool (partition.xml), which makes descriptors of it"
    case "nandboot", "image": "no program or patch file"
    default: "an XML file with the root <\(name)>, which is no descriptor of a package"
    }
  }

  private static func list(_ words: [String]) -> String { words.isEmpty ? "nothing" : words.joined(separator: ", ") }

  static func remedy(_ problem: PackageProblem) -> String {
    switch problem {
    case .notXML: "get the package in its plain form; nobody but the vendor's tool reads this one"
    case .fastbootScript: "flash this package with fastboot"
    case .absolutePath, .outsidePackage:
      "packages name files inside of themselves only: get another package, or put the file into this one"
    case .ambiguousName: "keep one of the files, or correct the name"
    case .missingFile: "put the file there, or name its folder with --search-path"
    case .unknownSelector, .ambiguousSelector, .emptySelector, .repeatedStorage:
      "say which with FILE::SELECTOR, such as contents.xml::ufs"
    case .noLength: "give the number of sectors; a whole drive is erased by <erase storagedrive=\"N\"/>"
    case .otherDocument, .noDescriptors:
      "give rawprogram*.xml and patch*.xml, contents.xml, flashmap.json, or a folder or ZIP archive with them"
    default: "get the package again, or correct the file"
    }
  }
}

/// What is wrong with an expression, in words.
enum ExpressionText {
  static func sentence(_ error: DiskExpressionError) -> String {
    switch error {
    case .empty: "is empty"
    case .tooLong(let count): "has \(count) characters"
    case .unexpected(let found, let place): found.map { "“\($0)” at character \(place + 1)" } ?? "ends too early"
    case .fraction: "has a fraction"
    case .tooDeep: "has too many parentheses"
    case .nestedChecksum: "has a CRC32 inside a CRC32"
    case .overflow: "lies beyond any disk"
    case .divisionByZero: "divides by zero"
    case .negative: "lies before the start of the disk"
    case .unknownSectorCount: "depends on the size of the disk, which is not known"
    case .unknownBlockCount: "depends on the number of erase blocks, which is not known"
    case .checksumUnavailable: "cannot be a CRC32 here"
    }
  }
}
