import FlashImages

/// An entry of a scatter file as a line for people and as members of an event.
struct ScatterRow {
  private let placement: ScatterPlacement
  /// Bytes of the section, where the user gave them.
  private let size: UInt64?
  private let line: Int?
  private let found: PackageFile?

  init(_ placement: ScatterPlacement, size: UInt64?, line: Int?, found: PackageFile?) {
    self.placement = placement
    self.size = size
    self.line = line
    self.found = found
  }

  private var partition: ScatterPartition { placement.partition }

  func text(nameWidth: Int) -> String {
    let name = partition.name + String(repeating: " ", count: max(0, nameWidth - partition.name.count))
    var words = ["\(start) + \(length)", partition.region.text, partition.operation.text, partition.type.text]
    if partition.isDownload { words.append("ticked") }
    return name + "  " + words.joined(separator: ", ") + file
  }

  /// Resolved where the section's size is known.
  private var start: String {
    if let size, let first = placement.first(inSectionOf: size) { return Diagnostic.hex(first) }
    switch placement.start {
    case .fromStart(let offset): return Diagnostic.hex(offset)
    case .fromEnd(let distance): return "end-" + Diagnostic.hex(distance)
    case .unknown: return "?"
    }
  }

  private var length: String {
    if let size, let count = placement.byteCount(inSectionOf: size) { return Diagnostic.hex(count) }
    switch placement.size {
    case .bytes(let count): return Diagnostic.hex(count)
    case .upToEnd(minus: 0): return "rest"
    case .upToEnd(let distance): return "rest up to end-" + Diagnostic.hex(distance)
    case .unknown: return "?"
    }
  }

  private var file: String {
    if let found { return ": \(PackagePath.name(of: found.name)), \(Units.bytes(found.byteCount))" }
    return partition.fileName.map { ": \($0) (missing)" } ?? ""
  }

  var members: [(key: String, value: JSONValue)] {
    func number(_ value: UInt64?) -> JSONValue { value.map(JSONValue.unsigned) ?? .null }
    var first: UInt64?
    var fromEnd: UInt64?
    switch placement.start {
    case .fromStart(let offset): first = offset
    case .fromEnd(let distance): fromEnd = distance
    case .unknown: break
    }
    if let size { first = placement.first(inSectionOf: size) }
    let count = size.flatMap { placement.byteCount(inSectionOf: $0) } ?? placement.knownByteCount
    return [
      (key: "number", value: .integer(Int64(placement.index))), (key: "name", value: .string(partition.name)),
      (key: "line", value: line.map { .integer(Int64($0)) } ?? .null),
      (key: "region", value: .string(partition.region.text)),
      (key: "sections", value: .array(placement.sections.map { .string($0.name) })),
      (key: "start", value: number(first)), (key: "fromEnd", value: number(fromEnd)),
      (key: "bytes", value: number(count)),
      (key: "takesRest", value: .bool(placement.takesRest)),
      (key: "statedStart", value: .unsigned(partition.physicalStart)),
      (key: "linearStart", value: .unsigned(partition.linearStart)),
      (key: "statedBytes", value: .unsigned(partition.byteCount)),
      (key: "operation", value: .string(partition.operation.text)), (key: "type", value: .string(partition.type.text)),
      (key: "download", value: .bool(partition.isDownload)), (key: "reserved", value: .bool(partition.isReserved)),
      (key: "boundaryCheck", value: .bool(partition.checksBoundary)),
      (key: "file", value: .optional(partition.fileName)),
      (key: "found", value: .optional(found?.name)), (key: "fileBytes", value: number(found?.byteCount)),
    ]
  }
}
