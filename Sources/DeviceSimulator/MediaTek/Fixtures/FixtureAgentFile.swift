import WireFormat

/// An agent file that simulated devices take: the layout of a real one, with programs that are none.
///
/// Source: `docs/protocols/mtk-da-file.md` 1 to 4.
enum FixtureAgentFile {
  /// What the programs in it speak, which real files tell in their description.
  enum Generation: Sendable {
    case xFlash
    case xml
  }

  /// A chip, by the code of agent files.
  struct Chip: Sendable {
    var code: UInt16
    var name: String
  }

  private struct Region {
    var loadAddress: UInt32
    var content: [UInt8]
    var signatureByteCount: Int
    var offset = 0
  }

  private static let headerByteCount = 0x6C
  private static let entryByteCount = 0xDC
  /// Files of several chips leave room for so many entries.
  private static let tableEntries = 64

  static func bytes(_ generation: Generation, for chips: [Chip]) -> [UInt8] {
    let blobs = chips.map { regions(generation, for: $0) }
    var place = headerByteCount + tableEntries * entryByteCount
    var placed: [[Region]] = []
    for regions in blobs {
      var list: [Region] = []
      for var region in regions {
        // The first region of XML agents is the second one once more.
        let isDuplicate = generation == .xml && list.isEmpty
        region.offset = place
        if !isDuplicate { place += region.content.count }
        list.append(region)
      }
      placed.append(list)
    }
    var bytes = header(generation, count: chips.count)
    for (chip, regions) in zip(chips, placed) { bytes += entry(chip, regions, generation) }
    bytes += [UInt8](repeating: 0, count: headerByteCount + tableEntries * entryByteCount - bytes.count)
    for regions in placed {
      for (index, region) in regions.enumerated() where generation == .xFlash || index > 0 { bytes += region.content }
    }
    return bytes
  }

  private static func header(_ generation: Generation, count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append("MTK_DOWNLOAD_AGENT", paddedTo: 32)
    bytes.append(
      generation == .xml ? "MTK_DA_v6_2026-01-01 00:00:00 flashctl-sim" : "MTK_AllInOne_DA_v3.3001.flashctl-sim",
      paddedTo: 64)
    for word in [4, 0x2266_8899, UInt32(count)] as [UInt32] { bytes.append(littleEndian: word) }
    return bytes
  }

  private static func entry(_ chip: Chip, _ regions: [Region], _ generation: Generation) -> [UInt8] {
    var bytes: [UInt8] = []
    for half in [0xDADA, chip.code, 0x8A00, 0xCA00, 0, 0] as [UInt16] { bytes.append(littleEndian: half) }
    bytes.append(littleEndian: 0x1000 as UInt32)
    for half in [0, UInt16(regions.count)] { bytes.append(littleEndian: half) }
    for region in regions {
      let unsigned = region.content.count - region.signatureByteCount
      let position = region.signatureByteCount == 0 ? 0 : unsigned + (generation == .xml ? region.offset : 0)
      for word in [
        UInt32(region.offset), UInt32(region.content.count), region.loadAddress, UInt32(position),
        UInt32(region.signatureByteCount),
      ] { bytes.append(littleEndian: word) }
    }
    return bytes + [UInt8](repeating: 0, count: entryByteCount - bytes.count)
  }

  private static func regions(_ generation: Generation, for chip: Chip) -> [Region] {
    let second = program("second stage", chip, byteCount: 0x8000)
    let first = firstStage(generation, chip, for: second)
    let signed = FixtureSignature.byteCount
    let stages = [
      Region(
        loadAddress: generation == .xml ? 0x0200_0000 : 0x0020_0000,
        content: first + FixtureSignature.signature(of: first), signatureByteCount: signed),
      Region(
        loadAddress: 0x4000_0000, content: second + FixtureSignature.signature(of: second), signatureByteCount: signed),
    ]
    let environment = Region(loadAddress: 0x5000_0000, content: [0x4D, 0x4D, 0x4D, 0x01], signatureByteCount: 0)
    return [generation == .xml ? stages[0] : environment] + stages
  }

  /// The first stage holds the second one's digest: at a fixed place from its end in XML agents, anywhere in others.
  private static func firstStage(_ generation: Generation, _ chip: Chip, for second: [UInt8]) -> [UInt8] {
    var bytes = program("first stage", chip, byteCount: 0x4000)
    let place = generation == .xml ? bytes.count - 0x30 : 0x100
    let digest = FixtureSignature.digest(of: second[...])
    bytes.replaceSubrange(place..<place + digest.count, with: digest)
    if generation == .xml {
      bytes.replaceSubrange(bytes.count - 16..<bytes.count, with: [UInt8](repeating: 0, count: 16))
    }
    return bytes
  }

  /// The beginning of a 32-bit ARM agent, which stays where it is for ever; text; a pattern.
  private static func program(_ stage: String, _ chip: Chip, byteCount: Int) -> [UInt8] {
    var bytes: [UInt8] = [0xFE, 0xFF, 0xFF, 0xEA]
    bytes.append("flashctl-sim \(chip.name) \(stage), for simulated devices only", paddedTo: 0x7C)
    for index in bytes.count..<byteCount { bytes.append(UInt8(truncatingIfNeeded: index &* 31 &+ index >> 8)) }
    return bytes
  }
}
