import ArgumentParser
import FlashCore
import Qualcomm

/// What changes any byte of what is sent to a programmer.
struct FirehoseProtocolOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Qualcomm: the storage: emmc, ufs, nand, nvme or spinor (default: found out).", valueName: "kind"),
    transform: Self.memory)
  var memory: FirehoseMemory?

  @Option(help: ArgumentHelp("Bytes of a sector (default: found out).", valueName: "bytes"))
  var sectorSize: UInt32?

  @Option(help: ArgumentHelp("Qualcomm: which one of several storages of the kind, from 0.", valueName: "number"))
  var slotIndex: UInt32?

  @Flag(help: "Qualcomm: leave the storage closed, for UFS that is not provisioned.")
  var skipStorageInit = false

  @Option(
    help: ArgumentHelp(
      "Qualcomm: zero-length packets behind raw data: auto, always or never (default: auto).", valueName: "when"),
    transform: Self.zlpPolicy)
  var zlp: FirehoseZLPPolicy = .auto

  @Option(
    help: ArgumentHelp("Qualcomm: the largest piece of raw data to agree on (default: 1M).", valueName: "bytes"))
  var maxPayload: ByteCountArgument?

  @Option(help: ArgumentHelp("Qualcomm NAND: pages of an erase block (default: 64).", valueName: "number"))
  var pagesPerBlock: UInt32?

  @Sendable private static func memory(_ text: String) throws -> FirehoseMemory {
    if let memory = FirehoseMemory(name: text) { return memory }
    throw ValidationError(
      "'\(text)' is no kind of storage; there are " + FirehoseMemory.allCases.map(\.rawValue).joined(separator: ", "))
  }

  @Sendable private static func zlpPolicy(_ text: String) throws -> FirehoseZLPPolicy {
    if let policy = FirehoseZLPPolicy(rawValue: text) { return policy }
    throw ValidationError("'\(text)' is none of auto, always and never")
  }

  mutating func validate() throws {
    if let sectorSize, !FirehoseLimits.isSectorSize(sectorSize) {
      throw ValidationError("--sector-size takes a power of two from 256 to 65536.")
    }
    if let maxPayload, maxPayload.byteCount < 512 || maxPayload.byteCount > 256 << 20 {
      throw ValidationError("--max-payload takes 512 bytes to 256M.")
    }
    if let pagesPerBlock, pagesPerBlock == 0 || pagesPerBlock > 65_536 {
      throw ValidationError("--pages-per-block takes 1 to 65536.")
    }
  }

  /// The same for the family.
  var settings: Qualcomm.FirehoseSettings {
    var settings = Qualcomm.FirehoseSettings()
    settings.memory = memory
    settings.sectorByteCount = sectorSize
    settings.slot = slotIndex
    settings.skipsStorageInit = skipStorageInit
    settings.zlp = zlp
    if let maxPayload { settings.maximumPayload = maxPayload.byteCount }
    settings.pagesPerBlock = pagesPerBlock
    return settings
  }
}
