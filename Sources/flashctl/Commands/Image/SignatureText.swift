import FlashImages
import WireFormat

/// What a loader's signature says, as text for people and as members of events.
enum SignatureText {
  /// Whom the file was signed for; nothing for an unsigned one.
  static func lines(_ file: LoaderFile, root: String?) -> [String] {
    let facts = file.facts
    var words: [String] = []
    if let id = facts.softwareID {
      words.append("SW_ID \(Diagnostic.hex(id))\(file.isProgrammer ? " (programmer)" : "")")
    }
    if let id = facts.hardwareID { words.append("HW_ID \(Diagnostic.hex(id))") }
    if let id = facts.oemID { words.append("OEM_ID \(Diagnostic.hex(id))") }
    if let id = facts.modelID { words.append("MODEL_ID \(Diagnostic.hex(id))") }
    var lines = words.isEmpty ? [] : ["  for: " + words.joined(separator: ", ")]
    if let count = file.signer?.chain.certificates.count { lines.append("  certificates: \(count)") }
    if let root { lines.append("  root certificate: \(root) (what `flashctl info` calls public key hash)") }
    return lines
  }

  static func lines(_ segments: LoaderDigests.Segments) -> [String] {
    switch segments {
    case .unknown: []
    case .compared(let count, []): ["  hashes: all \(count) right"]
    case .compared(let count, let damaged):
      ["  hashes: \(damaged.count) of \(count) wrong, of segment \(damaged.map(String.init).joined(separator: ", "))"]
    }
  }

  static func members(_ file: LoaderFile) -> [(key: String, value: JSONValue)] {
    let facts = file.facts
    func hex(_ value: UInt64?) -> JSONValue { value.map { .string(Diagnostic.hex($0)) } ?? .null }
    guard !facts.isEmpty || file.signer != nil else { return [] }
    return [
      (key: "softwareID", value: hex(facts.softwareID)), (key: "hardwareID", value: hex(facts.hardwareID)),
      (key: "oemID", value: hex(facts.oemID)), (key: "modelID", value: hex(facts.modelID)),
      (key: "certificates", value: .integer(Int64(file.signer?.chain.certificates.count ?? 0))),
    ]
  }

  static func members(
    _ segments: LoaderDigests.Segments, root: String?
  ) -> [(key: String, value: JSONValue)] {
    var members: [(key: String, value: JSONValue)] = [(key: "rootHash", value: .optional(root))]
    if case .compared(let count, let damaged) = segments {
      members.append((key: "hashedSegments", value: .integer(Int64(count))))
      members.append((key: "damagedSegments", value: .array(damaged.map { .integer(Int64($0)) })))
    }
    return members
  }
}

extension LoaderFile {
  /// Whether its signature says that it is a programmer.
  fileprivate var isProgrammer: Bool {
    facts.softwareID.map { UInt32(truncatingIfNeeded: $0) } == MBNHashHeader.programmer
  }
}
