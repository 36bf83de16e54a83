import FlashCore

extension FlashPlan.Step {
  /// One line: `erase cache at 0/0x1000+0x2000`.
  var words: String {
    func place(_ name: String, _ extent: PlanExtent) -> String {
      extent.description == name ? name : "\(name) at \(extent)"
    }
    switch self {
    case .configure(let storage):
      return "use the \(storage.memory) storage" + (storage.slot == 0 ? "" : " in slot \(storage.slot)")
    case .write(let write): return "write " + place(write.name, write.extent)
    case .erase(let erase): return "erase " + place(erase.name, erase.extent)
    case .zero(let zero): return "fill with zeros " + place(zero.name, zero.extent)
    case .patch(let patch):
      let start = PlanExtent(section: patch.section, start: patch.start).description
      return "patch \(start), byte \(patch.byteOffset): \(patch.value) in \(patch.byteCount) bytes"
        + (patch.comment.isEmpty ? "" : " (\(patch.comment))")
    case .save(let save): return "copy " + place(save.name, save.extent) + " to \(save.path)"
    case .makeBootable(let section): return "make section \(section) bootable"
    case .reboot(let mode): return "reboot" + (mode == .system ? "" : " to \(mode.rawValue) mode")
    }
  }

  /// The step's object in the `plan` event (docs/json.md), with the digest of its image where that is known.
  func json(number: Int, sha256: String?) -> JSONValue {
    let step: [(key: String, value: JSONValue)] = [(key: "step", value: .integer(Int64(number)))]
    return .object(step + members + (sha256.map { [(key: "sha256", value: .string($0))] } ?? []))
  }

  private var members: [(key: String, value: JSONValue)] {
    switch self {
    case .configure(let storage):
      return Self.members("configure", ["memory": .string(storage.memory), "slot": .unsigned(storage.slot)])
    case .write(let write): return Self.members(write)
    case .erase(let erase):
      return Self.members(
        "erase", ["name": .string(erase.name), "extent": .string(erase.extent.description)], erase.attributes)
    case .zero(let zero):
      return Self.members(
        "zero", ["name": .string(zero.name), "extent": .string(zero.extent.description)], zero.attributes)
    case .patch(let patch):
      let extent = PlanExtent(section: patch.section, start: patch.start)
      return Self.members(
        "patch",
        [
          "extent": .string(extent.description), "offset": .unsigned(patch.byteOffset),
          "length": .integer(Int64(patch.byteCount)), "value": .string(patch.value), "comment": .string(patch.comment),
        ], patch.attributes)
    case .save(let save):
      return Self.members(
        "save",
        [
          "name": .string(save.name), "extent": .string(save.extent.description), "file": .string(save.path),
        ], save.attributes)
    case .makeBootable(let section): return Self.members("makeBootable", ["section": .string(section)])
    case .reboot(let mode): return Self.members("reboot", ["mode": .string(mode.rawValue)])
    }
  }

  private static func members(_ write: FlashPlan.Write) -> [(key: String, value: JSONValue)] {
    var image: KeyValuePairs<String, JSONValue> {
      [
        "name": .string(write.name), "extent": .string(write.extent.description), "bytes": .unsigned(write.byteCount),
        "file": .string(write.image.name), "offset": .unsigned(write.image.offset),
        "length": .unsigned(write.image.length),
      ]
    }
    return members("write", image, write.attributes)
  }

  private static func members(
    _ action: String, _ members: KeyValuePairs<String, JSONValue>, _ attributes: [String: String]? = nil
  ) -> [(key: String, value: JSONValue)] {
    let named: [(key: String, value: JSONValue)] = members.map { (key: $0.key, value: $0.value) }
    let sorted = (attributes ?? [:]).sorted { $0.key < $1.key }
    let rest: [(key: String, value: JSONValue)] = sorted.map { (key: $0.key, value: .string($0.value)) }
    return [(key: "action", value: .string(action))] + named
      + (attributes == nil ? [] : [(key: "attributes", value: .object(rest))])
  }
}
