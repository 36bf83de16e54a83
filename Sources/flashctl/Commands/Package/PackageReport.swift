import FlashImages
import Qualcomm
import WireFormat

/// Shows a package entry by entry, and counts.
struct PackageReport {
  let console: Console
  private var entries = 0
  private var missing = 0
  private var bytes: UInt64 = 0
  private var warnings = 0
  /// Files that were found, so that each is counted once.
  private var seen: Set<String> = []

  init(console: Console) { self.console = console }

  mutating func show(_ pass: QualcommPackage.Pass) throws(PackageError) {
    if let memory = pass.memory {
      console.result("\(memory)\(pass.slot == 0 ? "" : ", slot \(pass.slot)"):")
    }
    for programmer in pass.programmers {
      let id = programmer.id.map { " (image \($0))" } ?? ""
      console.result("  programmer\(id): \(programmer.file.name)")
      console.event(
        "programmer",
        [
          "file": .string(programmer.file.name), "id": programmer.id.map { .unsigned(UInt64($0)) } ?? .null,
          "memory": .optional(pass.memory),
        ])
    }
    for document in pass.documents {
      console.result(
        "  \(document.file.path): \(document.file.kind.rawValue), \(document.file.elements.count) elements")
      for element in document.file.elements { try show(element, of: document) }
    }
  }

  private mutating func show(_ element: ProgramElement, of document: QualcommPackage.Document) throws(PackageError) {
    entries += 1
    let row = PackageRow(element)
    var file: PackageFile?
    if let name = row.fileName { file = try document.find(name, named: element.place) }
    let isMissing = row.fileName != nil && file == nil
    if isMissing { missing += 1 }
    if let file, seen.insert(file.name).inserted { bytes += file.byteCount }
    let found =
      file.map { "\($0.name), \(Units.bytes($0.byteCount))" } ?? (isMissing ? "\(row.fileName ?? "") MISSING" : "")
    console.result("    " + ([row.text, found].filter { !$0.isEmpty }.joined(separator: ": ")))
    console.emit(
      "entry",
      row.members + [
        (key: "descriptor", value: .string(document.file.path)),
        (key: "line", value: element.place.line.map { .integer(Int64($0)) } ?? .null),
        (key: "file", value: .optional(file?.name ?? row.fileName)), (key: "missing", value: .bool(isMissing)),
        (key: "bytes", value: file.map { .unsigned($0.byteCount) } ?? .null),
      ])
    guard !element.unknownAttributes.isEmpty else { return }
    let names = element.unknownAttributes.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: " ")
    console.debug("\(element.place): unknown attributes \(names)")
  }

  mutating func show(_ remark: PackageRemark) {
    warnings += 1
    console.warning("\(remark.place): \(PackageRemarkText.sentence(remark.oddity))")
    console.event(
      "warning",
      [
        "place": .string(remark.place.description), "code": .string(PackageRemarkText.code(remark.oddity)),
        "text": .string(PackageRemarkText.sentence(remark.oddity)),
      ])
  }

  func finish(_ package: QualcommPackage) {
    console.result(
      "\(entries) elements, \(seen.count) files with \(Units.bytes(bytes))"
        + (missing == 0 ? "" : ", \(missing) missing"))
    console.event(
      "result",
      [
        "status": "done", "elements": .integer(Int64(entries)), "files": .integer(Int64(seen.count)),
        "bytes": .unsigned(bytes), "missing": .integer(Int64(missing)), "warnings": .integer(Int64(warnings)),
      ])
  }
}
