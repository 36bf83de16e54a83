import FlashImages
import Glibc
import LibFuzzer
import WireFormat

/// Reads bytes as agent files, preloaders, boot sections and memory settings.
@main
struct FuzzAgents {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  use(bytes)
  // Chance seldom writes what a file begins with.
  var archive: [UInt8] = []
  archive.append("MTK_DOWNLOAD_AGENT", paddedTo: 32)
  archive.append("MTK_DA_v6", paddedTo: 64)
  for word in [4, 0x2266_8899] as [UInt32] { archive.append(littleEndian: word) }
  use(archive + bytes)
  let info: [UInt8] = [0x4D, 0x4D, 0x4D, 0x01, 0x38, 0x00, 0x00, 0x00] + Array("FILE_INFO\0\0\0".utf8)
  use(info + bytes)
  use((BootSectionHeader.emmc(loaderByteCount: max(1, bytes.count)) ?? []) + info + bytes)
  var memory: [UInt8] = []
  memory.append("MTK_BLOADER_INFO_v21", paddedTo: 0x6C)
  use(memory + bytes)
  if let preloader = try? PreloaderFile(MemoryBytes(bytes)) { check(preloader) }
  _ = AgentFlashTable(bytes).chip(reported: bytes)
  return 0
}

private func use(_ bytes: [UInt8]) {
  guard let file = try? MediaTekFile(MemoryBytes(bytes)) else { return }
  switch file {
  case .agents(let archive): check(archive)
  case .preloader(let preloader): check(preloader)
  case .memory(let block, _): check(block)
  case .signed(let chain, _, _): LibFuzzer.require(chain.blocks.count <= 64, "chains have an end")
  }
}

private func check(_ archive: AgentArchive) {
  LibFuzzer.require(archive.entries.count <= AgentArchive.maximumEntryCount, "limits hold")
  for entry in archive.entries {
    LibFuzzer.require((1...AgentArchive.maximumRegionCount).contains(entry.regions.count), "entries have regions")
    LibFuzzer.require(entry.roles { _ in true }.count == entry.regions.count, "every region has a role")
    for region in entry.regions {
      guard let content = try? archive.content(of: region) else { continue }
      LibFuzzer.require(content.count == Int(region.byteCount), "regions have their length")
      LibFuzzer.require(region.unsignedByteCount <= region.byteCount, "signatures lie inside")
    }
    let device = AgentSelection.Device(
      hardwareCode: entry.hardwareCode, hardwareSubCode: entry.hardwareSubCode, hardwareVersion: entry.hardwareVersion,
      softwareVersion: entry.softwareVersion)
    LibFuzzer.require(
      AgentSelection(archive.entries, for: device).rejections.count + 1 >= archive.entries.count,
      "every entry is chosen or rejected")
  }
}

private func check(_ preloader: PreloaderFile) {
  LibFuzzer.require(preloader.loaderRange.upperBound <= preloader.byteCount, "no loader lies outside of its file")
  if let memory = preloader.memory {
    LibFuzzer.require(
      memory.offset + UInt64(memory.bytes.count) <= preloader.byteCount, "no block lies outside of its file")
    check(memory)
  }
}

private func check(_ block: EMIBlock) {
  if let size = block.recordByteCount {
    LibFuzzer.require(block.records.count * size + EMIBlock.headerByteCount <= block.bytes.count, "records lie inside")
  }
  for record in block.records { _ = record.matches(record.identity) }
}
