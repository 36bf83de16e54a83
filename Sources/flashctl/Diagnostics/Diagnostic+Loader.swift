import FlashImages

extension Diagnostic {
  /// Files that were given as loaders and cannot be used.
  init(_ error: LoaderError) {
    func bad(_ code: String, _ message: String, _ remedy: String) -> Diagnostic {
      Diagnostic(code: code, message: message, remedy: remedy, exitStatus: .badData)
    }
    switch error {
    case .nothingGiven: self = .usage("no loader was given", remedy: "give one with --loader FILE")
    case .file(let error): self.init(error)
    case .notALoader(let path, let other):
      self = bad(
        "loader.other-file", "\(path): not a loader\(other.map { ", but a \($0.rawValue) file" } ?? "")",
        other == .gitLFSPointer
          ? "fetch the file itself (`git lfs pull`)"
          : "give the programmer itself: ELF, MBN, Intel HEX, a programmer archive or a sahara_config file; "
            + "ID:\(path) sends any file as it is")
    case .flashImage(let path):
      self = bad(
        "loader.flash-image", "\(path): a boot loader for flash, which the boot ROM does not take over USB",
        "give the programmer (prog_*firehose*, NPRG*, ENPRG*)")
    case .scattered(let path, let count):
      self = bad(
        "loader.scattered", "\(path): Intel HEX text with data in \(count) places cannot be sent as one image",
        "give the loader as ELF or MBN file")
    case .withoutID(let path):
      self = .usage(
        "\(path): one of several loaders, and has no image id", remedy: "write ID:FILE for each, such as 13:\(path)")
    case .invalidID(let id, let path):
      self = .usage("\(path): \(id) is no image id", remedy: "image ids are 0 to 127, decimal or with 0x")
    case .repeatedID(let id): self = .usage("image \(id) was given twice", remedy: "give each image once")
    case .emptyList(let path): self = bad("loader.empty-list", "\(path): holds no images", "get the file again")
    case .outsidePackage(let path):
      self = bad(
        "loader.outside-package", "the list names “\(path)”, which lies outside of its package",
        "put the files beside the list, or give them as ID:FILE")
    }
    step = step ?? "read the loader"
  }
}
