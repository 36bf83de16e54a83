import FlashCore
import Foundation
import Qualcomm

/// A small package for a simulated device, and what its storage has to hold once it has been flashed.
struct FlashPackage {
  let request: PlanRequest
  private let sector: Int
  private let images: [(section: Int, sector: Int, bytes: [UInt8])]

  /// What the first patch stores.
  private static let patched: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]

  /// Three images and a patch, all in section 0 from `start` on unless a device has several sections.
  init(in folder: LoaderFolder, sector: Int, start: Int = 64 << 20, sections: [Int] = [0, 0, 0], slot: Int = 0) throws {
    self.sector = sector
    let sizes = [40_000, 9000, 100_001]
    images = zip(sections, sizes).enumerated().map { index, item in
      // In a section of its own an image lies behind the table, or at the beginning of what is left of a boot area.
      let place = item.0 == 0 ? start + index * (1 << 20) : 1 << 20
      return (item.0, place / sector, FirehoseRig.pattern(item.1, seed: UInt64(slot * 16 + index + 1)))
    }
    let slotText = slot == 0 ? "" : " slot=\"\(slot)\""
    var programs: [String] = []
    for (index, image) in images.enumerated() {
      _ = folder.write(image.bytes, to: "image\(index).bin")
      programs.append(
        "<program SECTOR_SIZE_IN_BYTES=\"\(sector)\" filename=\"image\(index).bin\" label=\"part\(index)\" "
          + "num_partition_sectors=\"\((image.bytes.count + sector - 1) / sector)\" "
          + "physical_partition_number=\"\(image.section)\" start_sector=\"\(image.sector)\"\(slotText)/>")
    }
    let patch =
      "<patch SECTOR_SIZE_IN_BYTES=\"\(sector)\" byte_offset=\"16\" filename=\"DISK\" "
      + "physical_partition_number=\"\(images[0].section)\" size_in_bytes=\"8\" start_sector=\"\(images[0].sector)\" "
      + "value=\"0x0807060504030201\"\(slotText)/>"
    let descriptors = [
      folder.write(Array(("<data>" + programs.joined(separator: "\n") + "</data>").utf8), to: "rawprogram0.xml"),
      folder.write(Array(("<patches>" + patch + "</patches>").utf8), to: "patch0.xml"),
    ]
    request = PlanRequest(descriptors: descriptors)
  }

  /// The places where the storage differs from what was intended.
  func differences(on rig: FirehoseRig, slot: Int = 0, isPatched: Bool = true) throws -> [String] {
    var differences: [String] = []
    for (index, image) in images.enumerated() {
      var expected = image.bytes
      if index == 0, isPatched { expected.replaceSubrange(16..<24, with: Self.patched) }
      expected += [UInt8](repeating: 0, count: (sector - expected.count % sector) % sector)
      let stored = try rig.stored(image.section, at: UInt64(image.sector * sector), count: expected.count, slot: slot)
      if stored != expected { differences.append("image \(index)") }
    }
    return differences
  }
}

extension FirehoseRig {
  /// Plans and flashes a package as the program does, proof included.
  func flash(
    _ package: FlashPackage, resumes: Bool = false, loaders: [String]? = nil,
    observer: @escaping @Sendable (FlashEvent) -> Void = { _ in }
  ) async throws -> PlanRunner.Report {
    var options = PlanRunner.Options()
    options.verifies = true
    options.unfinished = resumes ? .resumed : .refused
    options.journal = PlanJournal.Place(folder: folder.file("journal"), device: "device")
    return try await withTarget(loaders: loaders) { [options] target in
      try await target.prepareStorage()
      guard let plan = try QualcommFamily().plan(package.request, for: target.identity) else {
        throw FirehoseError.otherMode("no plan")
      }
      return try await PlanRunner(options: options, observer: observer).run(plan, on: target)
    }
  }

  func flashOutcome(_ package: FlashPackage, resumes: Bool = false) async -> Outcome {
    do {
      _ = try await flash(package, resumes: resumes)
      return .done
    } catch { return Self.outcome(of: error) }
  }
}
