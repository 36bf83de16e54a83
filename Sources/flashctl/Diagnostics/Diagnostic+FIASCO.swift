import FlashImages

extension Diagnostic {
  /// A FIASCO container that could not be written.
  init(_ error: FIASCOWriteError) {
    switch error {
    case .file(let error): self.init(error)
    case .outOfRange(let field, let length, let allowed):
      self.init(
        code: "image.out-of-range",
        message: "\(field): \(length), and the format allows \(allowed.lowerBound) to \(allowed.upperBound)",
        remedy: "use a shorter or smaller value", exitStatus: .badData)
    case .textWithNUL(let field):
      self.init(
        code: "image.text-with-nul", message: "\(field): text with a NUL in it", remedy: "take it out",
        exitStatus: .badData)
    case .misplacedParts(let type):
      self.init(
        code: "image.misplaced-parts", message: "\(type): parts that do not lie inside the data, one behind the other",
        remedy: "extract the image and create the file anew", exitStatus: .badData)
    case .overwritesInput(let path):
      self.init(
        code: "image.overwrites-input", message: "\(path): is read by this command and would be written over",
        remedy: "choose another output", exitStatus: .usage)
    case .differsFromManifest(let path, let field):
      self.init(
        code: "image.differs-from-manifest",
        message: "\(path): \(field) is not what fiasco.json says, so the file cannot be made again as it was",
        remedy: "if it was changed on purpose, use --recompute", exitStatus: .badData)
    }
  }
}
