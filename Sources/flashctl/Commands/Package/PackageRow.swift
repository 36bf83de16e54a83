import FlashImages
import WireFormat

/// One element of a descriptor, as a line and as members of a JSON object.
struct PackageRow {
  private let action: String
  private let label: String
  private let area: StorageArea?
  private let detail: String
  /// The file that the element reads from; `nil` for those that need none.
  let fileName: String?

  init(_ element: ProgramElement) {
    var file: String?
    var detail = ""
    switch element.action {
    case .program(let program):
      (action, label, area) = ("program", program.label, program.area)
      file = program.fileName.isEmpty ? nil : program.fileName
      if program.isSparse { detail = "sparse" }
    case .erase(let erase):
      (action, label, area) = ("erase", erase.label, erase.isWholeDrive ? nil : erase.area)
      if erase.isWholeDrive { detail = "the whole drive \(erase.area.partition)" }
    case .zero(let zero):
      (action, label, area) = ("zeroout", zero.label, zero.area)
      if zero.isForFactory { detail = "for factories" }
    case .read(let read): (action, label, area) = ("read", read.fileName, read.area)
    case .digest(let place): (action, label, area) = ("getsha256digest", "", place)
    case .patch(let patch):
      (action, label, area) = ("patch", patch.isForDisk ? "" : patch.fileName, patch.area)
      detail = "byte \(patch.byteOffset), \(patch.byteCount) bytes = \(patch.value)"
    case .provision: (action, label, area) = ("ufs", "", nil)
    case .command(let command): (action, label, area) = (command.name, "", nil)
    }
    fileName = file
    self.detail = detail
  }

  var text: String {
    var words = [action]
    if !label.isEmpty { words.append(label) }
    if let area {
      words.append("at \(area.partition)/\(area.start)")
      if action != "patch", area.sectorCount.constant != 0 { words.append("+ \(area.sectorCount) sectors") }
      if let size = area.sectorByteCount { words.append("of \(size)") }
    }
    return (words + (detail.isEmpty ? [] : [detail])).joined(separator: " ")
  }

  var members: [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = [
      (key: "action", value: .string(action)), (key: "label", value: .string(label)),
    ]
    guard let area else { return members }
    members += [
      (key: "section", value: .string(String(area.partition))), (key: "start", value: .string(area.start.text)),
      (key: "sectors", value: .string(area.sectorCount.text)),
      (key: "sectorSize", value: area.sectorByteCount.map { .unsigned($0) } ?? .null),
    ]
    return members
  }
}
