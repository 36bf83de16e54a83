import ArgumentParser
import FlashCore
import Qualcomm

/// `flashctl qcom firehose storage`
struct FirehoseStorageCommand: ProgrammerCommand {
  static let configuration = CommandConfiguration(
    commandName: "storage", abstract: "Show what a programmer knows of its storage.",
    discussion: "Each physical partition that answers getstorageinfo; --verbose shows everything that it says.")

  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let (device, facts) = try await run("ask about the storage", on: console) { target, device in
      (device, try await target.programmerFacts())
    }
    guard !facts.storage.isEmpty else {
      throw Diagnostic(FirehoseError.missingCommand("getstorageinfo"), device: device)
    }
    for (number, info) in facts.storage.sorted(by: { $0.key < $1.key }) {
      let sectors = info.sectorCount.map { "\($0) sectors" } ?? "size unknown"
      let unit = info.sectorByteCount.map { " of \($0) bytes" } ?? ""
      console.result("\(number): \(sectors)\(unit)" + (info.productName.map { ", \($0)" } ?? ""))
      for line in info.lines { console.debug("  \(line)") }
      console.event(
        "storage",
        [
          "section": .string("\(number)"), "sectors": info.sectorCount.map(JSONValue.unsigned) ?? .null,
          "sectorBytes": info.sectorByteCount.map { .unsigned(UInt64($0)) } ?? .null,
          "sections": info.partitionCount.map(JSONValue.unsigned) ?? .null, "product": .optional(info.productName),
          "serialNumber": info.serialNumber.map(JSONValue.unsigned) ?? .null,
          "firmware": .optional(info.firmwareVersion), "lines": .array(info.lines.map(JSONValue.string)),
        ])
    }
    console.event("result", ["status": "done", "device": .string(device)])
  }
}

/// `flashctl qcom firehose bootable`
struct FirehoseBootableCommand: ProgrammerCommand {
  static let configuration = CommandConfiguration(
    commandName: "bootable", abstract: "Choose the LUN or boot area that the device boots from.",
    discussion: "UFS: 1 for slot a, 2 for slot b. eMMC: 0 or 1.")

  @Argument(help: "The number of the LUN or boot area.") var number: UInt32
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let device = try await run("choose the boot section", on: console) { target, device in
      try await target.setBootable(number)
      return device
    }
    console.result("\(device) boots from \(number) now")
    console.event("result", ["status": "done", "device": .string(device), "section": .string("\(number)")])
  }
}

/// `flashctl qcom firehose digest`
struct FirehoseDigestCommand: ProgrammerCommand {
  static let configuration = CommandConfiguration(
    commandName: "digest", abstract: "Have the device compute the SHA-256 of a partition or range.")

  @OptionGroup var region: RegionOptions
  @OptionGroup var loader: LoaderOptions
  @OptionGroup var options: DeviceOptions

  func execute(_ console: Console) async throws {
    let region = try region.value()
    let (range, digest) = try await run("digest \(region)", on: console) { target, _ in
      let range = try await target.resolve(try await target.resolve(region))
      return (range, try await target.digest(of: range))
    }
    let text = digest.map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    console.result("\(text)  \(region)")
    console.event(
      "result",
      [
        "status": "done", "region": .string(region.description), "extent": .string(range.description),
        "bytes": .unsigned(range.byteCount), "sha256": .string(text),
      ])
  }
}
