import FlashCore
import FlashImages

/// What a boot ROM or preloader leaves behind when it has started an agent: all that the agent's session needs.
///
/// The status of JUMP_DA has been read; the next byte from the device is the agent's. XFlash agents begin with one raw
/// byte C0, XML agents with a frame. Source: `docs/protocols/mtk-brom.md` 8.6.
struct AgentHandover: Sendable {
  /// Claimed, and positioned at the agent's first byte.
  let channel: MediaTekChannel
  /// The link's provider (re-enumeration), the observer, the user's timeout and options.
  let connection: Connection
  /// Who started the agent, and what the chip answered before.
  let starter: BootROMIdentity
  let archive: AgentArchive
  let entry: AgentEntry
  /// The place of each stage among the entry's regions. The first one runs.
  let firstStage: Int
  let secondStage: Int?

  /// What the agent speaks: the file's description where it tells, else the chip table.
  var generation: AgentChip.Generation {
    if archive.isXML { return .v6 }
    return
      (AgentChip.named(byHardwareCode: starter.hardwareCode)
      ?? AgentChip.listed(under: entry.hardwareCode).first)?.generation ?? .v5
  }

  /// Whether the agent has to set up the memory: a preloader has done so already.
  var needsMemorySettings: Bool { starter.actor.isBootROM }

  /// The second stage as it is sent: without its signature, which the first stage does not want.
  func secondStageContent() throws(ImageError) -> (bytes: [UInt8], loadAddress: UInt32)? {
    guard let secondStage, entry.regions.indices.contains(secondStage) else { return nil }
    let region = entry.regions[secondStage]
    let bytes = try archive.content(of: region)
    return (Array(bytes.prefix(Int(region.unsignedByteCount))), region.loadAddress)
  }
}
