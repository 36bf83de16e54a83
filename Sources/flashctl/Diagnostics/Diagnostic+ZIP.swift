import FlashImages

extension Diagnostic {
  /// A ZIP archive that could not be read.
  init(zip path: String, _ offset: UInt64, _ defect: ZIPDefect) {
    self.init(
      code: "zip.malformed", message: "\(path): offset \(Self.hex(offset)): \(Self.sentence(defect))",
      remedy: Self.remedy(defect), exitStatus: .badData)
  }

  private static func sentence(_ defect: ZIPDefect) -> String {
    switch defect {
    case .noEndRecord: "no ZIP archive, or one that is cut off"
    case .outside: "points outside the file"
    case .badDirectoryEntry(let index): "entry \(index + 1) of the directory is damaged"
    case .badLocalHeader(let member): "\(member): its header is damaged"
    case .tooManyMembers(let count, let limit): "\(count) members, and \(limit) are allowed"
    case .multipleDisks: "an archive in several files"
    case .overlappingMembers(let one, let other): "\(one) and \(other) share bytes of the file"
    case .duplicateMember(let name): "several members are called \(name)"
    case .encrypted(let member): "\(member): encrypted"
    case .symbolicLink(let member): "\(member): a symbolic link, and no file"
    case .unsupportedMethod(let member, let method): "\(member): compressed by method \(method)"
    case .corrupt(let member, let reason): "\(member): \(reason)"
    case .wrongSize(let member, let expected): "\(member): does not expand to the \(expected) bytes that it should"
    case .wrongChecksum(let member, let stored, let computed):
      "\(member): checksum \(hex(UInt64(stored))), computed \(hex(UInt64(computed)))"
    }
  }

  private static func remedy(_ defect: ZIPDefect) -> String {
    switch defect {
    case .symbolicLink: "pack the archive again with the files themselves (`zip` does that without -y)"
    case .encrypted, .unsupportedMethod, .multipleDisks: "unpack the archive with the tool that made it"
    default: "the file is damaged or made to do harm; get it again from a source you trust"
    }
  }
}
