import FlashImages
import Glibc
import LibFuzzer
import WireFormat

/// Reads bytes as every file of a MediaTek package, writes what was read in other syntaxes and reads it again, resolves and
/// checks it, and makes plans of it for devices whose numbers come from the fuzzer too.
@main
struct FuzzScatter {
  static func main() { exit(LibFuzzer.run(testOneInput)) }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = LibFuzzer.bytes(start, count)
  use(bytes)
  // Chance seldom writes what a file begins with.
  for head in [
    "- general: MTK_PLATFORM_CFG\n  info: \n    - config_version: V1.1.2\n      storage: EMMC\n- partition_index: SYS0\n",
    "- storage_type: UFS\n- partition_index: SYS0\n", "<root><partition_index>", "A 0x0 {}\n",
  ] {
    let tail = head.hasPrefix("<") ? "</partition_index></root>" : ""
    use(Array(head.utf8) + bytes + Array(tail.utf8))
  }
  return 0
}

private func use(_ bytes: [UInt8]) {
  guard let document = try? ScatterDocument(parsing: bytes, path: "fuzz"), case .scatter(let file) = document else {
    return
  }
  let layouts = file.scatter.layouts
  LibFuzzer.require(layouts.count == file.lines.count, "every layout has lines")
  LibFuzzer.require(layouts.reduce(0) { $0 + $1.partitions.count } <= ScatterFile.maximumPartitionCount, "limits hold")
  for (layout, lines) in zip(layouts, file.lines) {
    LibFuzzer.require(layout.partitions.count == lines.count && lines.allSatisfy { $0 >= 1 }, "every entry has a line")
    place(layout, number(bytes, 0))
  }
  write(file.scatter)
  plan(file.scatter, bytes)
}

/// A number made of some of the bytes.
private func number(_ bytes: [UInt8], _ index: Int) -> UInt64 {
  (try? bytes.rawSpan.load(littleEndian: UInt64.self, at: max(0, bytes.count - 8 * (index + 1)))) ?? 1 << 34
}

/// What is written reads back as the same.
private func write(_ scatter: Scatter) {
  for syntax in [ScatterSyntax.text, .xml, .legacy] {
    for version in [nil, .v112, .v210] as [ScatterVersion?] {
      guard let conversion = try? ScatterConversion(scatter, to: syntax, version: version),
        let text = try? ScatterWriter(syntax).bytes(of: conversion.scatter)
      else { continue }
      guard syntax != .legacy, text.count <= ScatterFile.maximumByteCount else { continue }
      let again = try? ScatterFile(MemoryBytes(text, path: "again"))
      LibFuzzer.require(again?.scatter.layouts == conversion.scatter.layouts, "what is written reads back as the same")
    }
  }
}

private func place(_ layout: ScatterLayout, _ size: UInt64) {
  for sector in [nil, 4096] as [UInt64?] {
    let map = ScatterMap(layout, sectorByteCount: sector)
    LibFuzzer.require(map.placements.count == layout.partitions.count, "every entry has a place")
    for placement in map.placements {
      for total in [0, 1 << 20, size, .max] {
        guard let range = placement.range(inSectionOf: total) else { continue }
        LibFuzzer.require(range.upperBound <= total, "no place lies outside of its section")
      }
    }
    let images = Dictionary(
      uniqueKeysWithValues: layout.partitions.indices.prefix(8).map { ($0, ScatterImage(path: "x", byteCount: size)) })
    _ = ScatterCheck(map, sections: [.user: size, .boot1: 1 << 22], images: images, missing: [0]).findings
  }
}

private func plan(_ scatter: Scatter, _ bytes: [UInt8]) {
  let size = number(bytes, 0)
  for storage in scatter.layouts.compactMap(\.storage) {
    var device = ScatterDevice(
      storage: storage, sections: [storage.userSection: size], sectorByteCount: 512, chip: scatter.chip)
    let names = scatter.layout(for: storage)?.partitions.map(\.name) ?? []
    device.table = names.prefix(16).enumerated().map {
      ScatterDevice.Partition(
        name: $0.element, start: number(bytes, $0.offset + 1), byteCount: number(bytes, $0.offset + 2))
    }
    let images = Dictionary(names.map { ($0, ScatterImage(path: "x", byteCount: 512)) }) { first, _ in first }
    for mode in ScatterMode.allCases {
      var request = ScatterPlanRequest(mode)
      request.allowsProtected = true
      request.erasesIdentity = true
      request.followsDeviceTable = size.isMultiple(of: 2)
      guard let plan = try? ScatterPlanner(scatter, device: device, images: images, request: request).plan() else {
        continue
      }
      check(plan, of: device, size)
    }
  }
}

private func check(_ plan: ScatterPlan, of device: ScatterDevice, _ size: UInt64) {
  for step in plan.steps {
    switch step.action {
    case .erase(_, let section, let range), .restore(_, let section, let range):
      if section == device.storage.userSection {
        LibFuzzer.require(range.upperBound <= size, "nothing outside is changed")
      }
    case .write(_, let sections, let range?, let image):
      LibFuzzer.require(!sections.contains(.rpmb), "RPMB is never written")
      if sections == [device.storage.userSection] {
        LibFuzzer.require(range.upperBound <= size, "nothing outside is written")
      }
      LibFuzzer.require(image.byteCount <= range.upperBound - range.lowerBound, "every image fits")
    default: break
    }
  }
}
