import FlashCore
import FlashImages
import Foundation
import MediaTek
import Testing

@testable import DeviceSimulator

@Suite struct `Firmware upgrades of MediaTek phones` {
  /// The usual layout with everything behind `proinfo` moved.
  private static let moved: [ScatterRig.Entry] = {
    var entries = ScatterRig.entries
    entries[0].byteCount = 3 << 20
    return entries
  }()

  private static let nvram = XFlashRig.pattern(2 << 20, seed: 21)
  private static let proinfo = XFlashRig.pattern(1 << 20, seed: 22)

  /// A phone with the usual layout and data of its own.
  private func phone(_ device: MediaTekDevice = .mt6765) async throws -> ScatterRig {
    let rig = try ScatterRig(device)
    _ = try await rig.flash(rig.request(try rig.package(), .firmwareUpgrade))
    let table = try rig.table()
    try rig.store(Self.nvram, in: rig.userFile, at: try #require(table["nvram"]).lowerBound)
    try rig.store(Self.proinfo, in: rig.userFile, at: try #require(table["proinfo"]).lowerBound)
    return rig
  }

  private func requireUpgraded(_ rig: ScatterRig) throws {
    let table = try rig.table()
    let nvram = try #require(table["nvram"])
    #expect(nvram.lowerBound == 0x80000 + (3 << 20))
    #expect(try rig.stored(rig.userFile, at: nvram.lowerBound, count: Self.nvram.count) == Self.nvram)
    let proinfo = try #require(table["proinfo"])
    #expect(proinfo == 0x80000..<0x80000 + (3 << 20))
    #expect(try rig.stored(rig.userFile, at: proinfo.lowerBound, count: Self.proinfo.count) == Self.proinfo)
    #expect(try rig.wrong(Self.moved).isEmpty)
  }

  @Test("what only the phone has moves with the layout", arguments: ["mt6765", "mt6893"])
  func keeps(name: String) async throws {
    let rig = try await phone(try #require(MediaTekDevice.all.first { $0.name == name }))
    let request = rig.request(try rig.package(Self.moved, in: "moved"), .firmwareUpgrade)
    let plan = try await rig.plan(request)
    #expect(plan.steps.prefix(2).map(\.action) == ["save", "save"])
    #expect(plan.warnings.contains { $0.code == "scatter.copies" && $0.facts["folder"] == rig.copies })
    let report = try await rig.flash(request, verifies: true)
    #expect(Set(report.saved.map(\.name)) == ["proinfo", "nvram"])
    try requireUpgraded(rig)
    let manifest = try BackupRestoration(folder: rig.copies).manifest
    #expect(Set(manifest.files.map(\.name)) == ["proinfo.bin", "nvram.bin"])
    #expect(FileManager.default.contents(atPath: rig.copies + "/nvram.bin").map { [UInt8]($0) } == Self.nvram)
  }

  @Test func `content that has not moved stays where it is`() async throws {
    let rig = try await phone()
    let plan = try await rig.plan(rig.request(try rig.package(in: "same"), .firmwareUpgrade))
    let writes = plan.steps.compactMap { step -> String? in
      if case .write(let write) = step { write.name } else { nil }
    }
    #expect(writes == ["boot", "logo", "preloader", "preloader"])
  }

  @Test func `wherever an upgrade is cut off, going on ends with everything in its place`() async throws {
    // Copies, table, what is written back, images, boot loaders: some 12 MB of transfers.
    for byte in stride(from: 400_000, to: 13_000_000, by: 900_000) {
      let rig = try await phone()
      let request = rig.request(try rig.package(Self.moved, in: "moved"), .firmwareUpgrade)
      do { _ = try await rig.flash(request, faults: ["disconnect@byte:\(byte)"]) } catch {
        guard error is PlanRunner.Failure else { continue }
        let begun = PlanJournal.begunPlan(at: rig.journal, family: "mediatek")
        _ = try await rig.flash(request, resumes: begun != nil)
      }
      try requireUpgraded(rig)
      #expect(PlanJournal.begunPlan(at: rig.journal, family: "mediatek") == nil)
    }
  }

  @Test func `a copy that cannot be made ends the job before anything is changed`() async throws {
    let rig = try await phone()
    let before = try rig.stored(rig.userFile, at: 0, count: 1 << 20)
    var request = rig.request(try rig.package(Self.moved, in: "moved"), .firmwareUpgrade)
    request.copiesFolder = rig.files.write([1], to: "file") + "/below"
    guard case .failed(let step, _) = await rig.outcome(request) else {
      Issue.record("upgraded without copies")
      return
    }
    #expect(step.hasPrefix("save "))
    #expect(try rig.stored(rig.userFile, at: 0, count: 1 << 20) == before)
    request.copiesFolder = nil
    #expect(await rig.outcome(request) == .refused(.noCopiesFolder))
  }
}
