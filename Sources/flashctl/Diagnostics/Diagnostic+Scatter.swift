import FlashImages

extension Diagnostic {
  /// A scatter file, or a file that belongs to one, that is refused: the file, the line, the entry, the reason.
  init(_ error: ScatterError) {
    let place = error.path + (error.line.map { ":\($0)" } ?? "") + (error.entry.map { ": \($0)" } ?? "")
    if case .file(let inner) = error.problem {
      self.init(inner)
    } else {
      let text = Self.words(error.problem)
      self.init(
        code: "scatter." + Self.code(error.problem), message: "\(place): \(text.sentence)", remedy: text.remedy,
        exitStatus: Self.status(error.problem))
    }
    step = step ?? "read the scatter file"
  }

  private static func status(_ problem: ScatterProblem) -> ExitStatus {
    switch problem {
    case .missingFile, .noDescriptor: .missingInput
    case .severalDescriptors: .usage
    default: .badData
    }
  }

  private static func code(_ problem: ScatterProblem) -> String {
    switch problem {
    case .file: "file"
    case .tooLarge: "too-large"
    case .notText: "not-text"
    case .notScatter: "other-file"
    case .otherDocument: "other-document"
    case .xml: "xml"
    case .badNumber, .badFlag: "bad-value"
    case .missingKey: "missing-key"
    case .nameTooLong: "name-too-long"
    case .noPartitions: "empty"
    case .tooManyPartitions: "too-many"
    case .missingBrace: "missing-brace"
    case .unknownLine: "unknown-line"
    case .contradiction: "contradiction"
    case .outsidePackage, .absolutePath: "outside"
    case .ambiguousFile: "ambiguous-file"
    case .missingFile: "missing-file"
    case .noDescriptor: "no-descriptor"
    case .severalDescriptors: "several-descriptors"
    }
  }

  private static let correct = "correct the file, or get it again"

  private static func words(_ problem: ScatterProblem) -> (sentence: String, remedy: String) {
    switch problem {
    case .file(let error): ("\(error)", correct)
    case .tooLarge(let count, let limit):
      ("\(count) bytes, and a scatter file has at most \(limit)", "give the scatter file itself")
    case .notText: ("not text; encrypted by the vendor?", "only the vendor's own tool reads such a package")
    case .notScatter:
      ("neither a scatter file nor another file of a MediaTek package", "give the *_scatter.txt or *_scatter.xml")
    case .otherDocument(.fuseXML):
      ("a description of fuses, which flashctl never applies", "give flash.xml or the scatter file")
    case .otherDocument(let kind): ("a \(kind.rawValue) file", "give the scatter file")
    case .xml(let problem): ("XML: \(XMLText.words(problem))", correct)
    case .badNumber(let key, let value): ("\(key): “\(value)” is no number", "write it as 0x… or in decimal digits")
    case .badFlag(let key, let value): ("\(key): “\(value)” is neither true nor false", correct)
    case .missingKey(let key): ("\(key) is missing", correct)
    case .nameTooLong(let name, let limit): ("the name \(name) has more than \(limit) characters", correct)
    case .noPartitions: ("no partitions", correct)
    case .tooManyPartitions(let limit): ("more than \(limit) entries", correct)
    case .missingBrace(let name): ("\(name) is not followed by { and }", correct)
    case .unknownLine(let text):
      ("a line that means nothing: “\(text.prefix(60))”", "correct it, or leave --strict out")
    case .contradiction: ("two entries of this name say different things", "correct one, or leave --strict out")
    case .outsidePackage(let name):
      (
        "the file name “\(name)” leads out of the package",
        "put the file beside the scatter file, or name its folder with --search-path"
      )
    case .absolutePath(let name):
      ("the file name “\(name)” is an absolute path", "write it relative to the scatter file")
    case .ambiguousFile(let name, let candidates):
      ("“\(name)” could be \(candidates.joined(separator: " or "))", "leave only one of them there")
    case .missingFile(let name): ("“\(name)” is not there", "put it there, or name its folder with --search-path")
    case .noDescriptor: ("no scatter file in this folder", "give the scatter file itself")
    case .severalDescriptors(let names):
      ("several scatter files: \(names.joined(separator: ", "))", "name the one that is meant")
    }
  }

  /// A scatter that a syntax cannot say.
  init(_ error: ScatterWriteError) {
    func bad(_ code: String, _ message: String, _ remedy: String) -> Diagnostic {
      Diagnostic(
        code: "scatter." + code, message: message, remedy: remedy, exitStatus: .badData, step: "write the scatter file")
    }
    switch error {
    case .unwritable(let entry, let key):
      self = bad(
        "unwritable", "\(entry.map { "\($0): " } ?? "")\(key) cannot be written in this syntax", "correct it first")
    case .severalStorages(let storages):
      self = .usage(
        "the file has layouts for \(storages.map(\.rawValue).joined(separator: " and ")), and this form holds one",
        remedy: "choose one with --storage")
    case .noStorage: self = bad("no-storage", "nothing tells the storage", "add it to the scatter file")
    case .noSyntax:
      self = bad(
        "list", "a list of an OTA package says too little to be converted, and is not written",
        "use the scatter file of the firmware")
    case .noLinearAddresses:
      self = bad(
        "no-linear-addresses",
        "the legacy form needs addresses that count the whole storage, which this layout does not have",
        "use --to text or --to xml")
    case .noLayout(let storage, let has):
      self = .usage(
        "no layout for \(storage.rawValue) (has: \(has.map(\.rawValue).joined(separator: ", ")))",
        remedy: "choose one that there is with --storage")
    }
  }
}
