import Qualcomm
import WireFormat

extension Diagnostic {
  /// A layout for UFS storage that is not written. `file` is where it is from.
  static func provisioning(_ error: FirehoseProvisioningError, file: String = "the layout") -> Diagnostic {
    func bad(_ message: String, _ remedy: String) -> Diagnostic {
      Diagnostic(code: "provisioning.malformed", message: message, remedy: remedy, exitStatus: .badData)
    }
    let whole = "give the provisioning file of the device's manufacturer, as it is"
    switch error {
    case .xml(let error):
      return bad("\(file):\(error.position.line): \(XMLText.words(error.problem))", whole)
    case .element(let error, let line): return bad("\(file):\(line): \(words(error))", whole)
    case .unknownElement(let element, let line):
      return bad("\(file):\(line): <\(SafeText.line(element))> has no place there", whole)
    case .incomplete(let devices, let units, let commits):
      return bad(
        "\(file): has \(devices) elements with bNumberLU, \(units) with LUNum and \(commits) with commit", whole)
    case .wrongOrder(let line): return bad("\(file):\(line): the elements are in the wrong order", whole)
    case .repeatedUnit(let number, let line): return bad("\(file):\(line): LUN \(number) for the second time", whole)
    case .locks:
      return Diagnostic(
        code: "provisioning.locks",
        message: "\(file) locks the configuration of the storage for good (bConfigDescrLock)",
        remedy: "if that is wanted: --finalize-provisioning and --allow-fusing; else set bConfigDescrLock to 0",
        exitStatus: .usage)
    case .locksNothing:
      return Diagnostic(
        code: "provisioning.locks-nothing",
        message: "--finalize-provisioning is given, and \(file) does not lock the configuration (bConfigDescrLock)",
        remedy: "leave the option out, or give the layout that locks", exitStatus: .usage)
    }
  }

  /// Digest tables that cannot be used.
  init(_ error: FirehoseVIPError) {
    func bad(_ code: String, _ message: String, _ remedy: String) -> Diagnostic {
      Diagnostic(code: "vip." + code, message: message, remedy: remedy, exitStatus: .badData)
    }
    let again = "make the tables again with `flashctl qcom vip create`, from the same files and with the same options"
    switch error {
    case .file(let error): self.init(error)
    case .noSignedTable(let folder):
      self.init(
        code: "vip.no-signed-table", message: "\(folder): no DigestsToSign.bin.mbn there",
        remedy: "have DigestsToSign.bin signed with the manufacturer's tool, and put the result there",
        exitStatus: .missingInput)
    case .tooLong(let path, let count, let limit):
      self = bad("too-long", "\(path): \(count) bytes; a table has at most \(limit)", again)
    case .notSigned(let path):
      self = bad(
        "not-signed", "\(path): no MBN file of the image id VIP (0x1A)",
        "have DigestsToSign.bin signed with the manufacturer's tool")
    case .tooManyFrames(let count, let limit):
      self = bad(
        "too-many-frames", "\(count) frames; tables list at most \(limit)",
        "flash in several parts, each with its tables")
    case .noTable(let frame, let tables):
      self = bad("no-table", "frame \(frame) is listed in none of the \(tables) chained tables", again)
    case .differs(let frame): self = bad("differs", "frame \(frame) is not the one that the tables list", again)
    case .chain(let table):
      self = bad("chain", "chained table \(table) is not the one that the table before lists", again)
    case .unused(let tables, let frames):
      self = bad("unused", "\(tables) tables are left over after all \(frames) frames", again)
    }
  }
}
