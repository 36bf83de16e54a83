import FlashImages
import WireFormat

/// Shows an agent file: its entries, what is in each, and whether the stages belong together.
struct AgentText {
  private let archive: AgentArchive
  private let digests: AgentDigests

  init(_ archive: AgentArchive, digests: AgentDigests) {
    self.archive = archive
    self.digests = digests
  }

  func show(on console: Console) throws {
    console.result(
      "\(archive.path): MediaTek agents, \(archive.entries.count) entries, \(Units.bytes(archive.byteCount))"
        + (archive.description.isEmpty ? "" : ", “\(archive.description)”"))
    console.event(
      "agentFile",
      [
        "file": .string(archive.path), "bytes": .unsigned(archive.byteCount),
        "description": .string(archive.description), "xml": .bool(archive.isXML),
        "entryBytes": .integer(Int64(archive.entryByteCount)), "entries": .integer(Int64(archive.entries.count)),
      ])
    for entry in archive.entries {
      let roles = entry.roles { Self.isEnvironment($0, in: archive) }
      console.result("  \(entry.index). " + heading(entry))
      for (region, role) in zip(entry.regions, roles) where role != .empty {
        console.result("    " + line(region, role))
      }
      if let algorithm = digests.algorithm(of: entry) { console.result("    DA1 knows DA2 by its \(algorithm)") }
      console.emit("agent", members(entry, roles))
    }
  }

  /// Whether a region begins with the header of an environment program.
  static func isEnvironment(_ region: AgentRegion, in archive: AgentArchive) -> Bool {
    guard let range = region.range, range.upperBound <= archive.byteCount, !range.isEmpty,
      let start = try? archive.bytes.bytes(at: range.lowerBound, atMost: 64, length: range.upperBound)
    else { return false }
    return GFHChain(start)?.purpose == .environment
  }

  private func heading(_ entry: AgentEntry) -> String {
    let chips = AgentChip.listed(under: entry.hardwareCode)
    var words = [
      Self.hex(entry.hardwareCode) + (chips.isEmpty ? "" : " (\(chips.map(\.names).joined(separator: ", ")))")
    ]
    words.append("sub code \(Self.hex(entry.hardwareSubCode))")
    words.append("hardware from \(Self.hex(entry.hardwareVersion))")
    if entry.softwareVersion != 0 { words.append("software from \(Self.hex(entry.softwareVersion))") }
    if let generation = generation(entry) { words.append(generation) }
    return words.joined(separator: ", ")
  }

  /// What the agents speak: the file says it of XML ones, the chip of others.
  private func generation(_ entry: AgentEntry) -> String? {
    archive.isXML ? "V6" : AgentChip.listed(under: entry.hardwareCode).first?.generation.rawValue
  }

  private func line(_ region: AgentRegion, _ role: AgentRegion.Role) -> String {
    "\(role.rawValue): \(region.byteCount) bytes at \(Diagnostic.hex(UInt64(region.offset))) for "
      + Diagnostic.hex(UInt64(region.loadAddress))
      + (region.isSigned ? ", the last \(region.signatureByteCount) a signature" : ", not signed")
  }

  private func members(_ entry: AgentEntry, _ roles: [AgentRegion.Role]) -> [(key: String, value: JSONValue)] {
    let chips = AgentChip.listed(under: entry.hardwareCode).map { JSONValue.string($0.names) }
    return [
      (key: "entry", value: .integer(Int64(entry.index))), (key: "code", value: .string(Self.hex(entry.hardwareCode))),
      (key: "chips", value: .array(chips)), (key: "subCode", value: .string(Self.hex(entry.hardwareSubCode))),
      (key: "hardwareVersion", value: .string(Self.hex(entry.hardwareVersion))),
      (key: "softwareVersion", value: .string(Self.hex(entry.softwareVersion))),
      (key: "featureSet", value: .unsigned(UInt64(entry.featureSet))),
      (key: "generation", value: .optional(generation(entry))),
      (key: "stageDigest", value: .optional(digests.algorithm(of: entry))),
      (key: "regions", value: .array(zip(entry.regions, roles).map(Self.region))),
    ]
  }

  private static func region(_ region: AgentRegion, _ role: AgentRegion.Role) -> JSONValue {
    [
      "role": .string(role.rawValue), "offset": .unsigned(UInt64(region.offset)),
      "bytes": .unsigned(UInt64(region.byteCount)), "address": .string(Diagnostic.hex(UInt64(region.loadAddress))),
      "signatureBytes": .unsigned(UInt64(region.signatureByteCount)),
    ]
  }

  /// Codes are written as four digits, as the field does.
  static func hex(_ value: UInt16) -> String {
    let digits = String(value, radix: 16).uppercased()
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
