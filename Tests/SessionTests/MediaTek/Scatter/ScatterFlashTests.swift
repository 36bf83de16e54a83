import FlashCore
import FlashImages
import Foundation
import MediaTek
import Testing

@testable import DeviceSimulator

@Suite struct `Scatter packages, flashed` {
  static let phones = ["mt6765", "mt6785", "mt6893", "mt6789"]

  private static func rig(_ name: String = "mt6765") throws -> ScatterRig {
    try ScatterRig(try #require(MediaTekDevice.all.first { $0.name == name }))
  }

  @Test("an empty phone gets its table, its images and both boot loaders", arguments: phones)
  func emptyPhone(name: String) async throws {
    let rig = try Self.rig(name)
    let package = try rig.package()
    let report = try await rig.flash(rig.request(package, .firmwareUpgrade), verifies: true)
    #expect(try rig.wrong().isEmpty)
    #expect(report.extents.allSatisfy { $0.verified == .readback } && report.saved.isEmpty)
    let table = try rig.table()
    #expect(table["nvram"] == 0x180000..<0x380000 && table["pgpt"] == nil && table["sgpt"] == nil)
    let end: UInt64 = 64 << 20
    #expect(table["flashinfo"] == end - 0x108000..<end - 0x8000)
    #expect(table["userdata"]?.upperBound == end - 0x108000)
    // The layout is the device's now, and images alone are written again.
    let again = try await rig.flash(rig.request(package), verifies: true)
    #expect(again.extents.map(\.name).filter { $0.hasPrefix("p") && $0 != "preloader" }.isEmpty)
    #expect(try rig.wrong().isEmpty)
  }

  @Test func `download-only makes no table, and changes none`() async throws {
    let rig = try Self.rig()
    let package = try rig.package()
    guard case .refused(.refused(.noTable, _)) = await rig.outcome(rig.request(package)) else {
      Issue.record("flashed without a table")
      return
    }
    #expect(await rig.outcome(rig.request(package, .firmwareUpgrade)) == .done)
    var entries = ScatterRig.entries
    entries[0].byteCount = 2 << 20
    let other = try rig.package(entries, in: "other")
    let before = try rig.stored(rig.userFile, at: 0, count: 34 * 512)
    guard case .refused(.refused(.layoutDiffers(let differences), _)) = await rig.outcome(rig.request(other)) else {
      Issue.record("flashed over another layout")
      return
    }
    #expect(differences.contains(.resized("proinfo", from: 1 << 20, to: 2 << 20)))
    var byName = rig.request(other)
    byName.scatter.followsDeviceTable = true
    #expect(await rig.outcome(byName) == .done)
    #expect(try rig.stored(rig.userFile, at: 0, count: 34 * 512) == before)
    #expect(try rig.wrong(entries).isEmpty)
  }

  @Test func `a package in a folder, behind flash xml and in an archive is the same package`() async throws {
    let rig = try Self.rig()
    let package = try rig.package()
    #expect(await rig.outcome(rig.request(package, .firmwareUpgrade)) == .done)
    let folder = rig.files.path + "/package"
    try FileManager.default.createDirectory(atPath: folder + "/download_agent", withIntermediateDirectories: true)
    _ = rig.files.write(
      Array(
        "<flash-mode><dagent>DA.bin</dagent><scatter>../MT6765_Android_scatter.txt</scatter></flash-mode>".utf8),
      to: "package/download_agent/flash.xml")
    for path in [folder, folder + "/download_agent/flash.xml"] {
      try rig.store(
        [UInt8](repeating: 0, count: 70_000), in: rig.userFile, at: try #require(try rig.table()["logo"]).lowerBound)
      #expect(await rig.outcome(rig.request(path)) == .done)
      #expect(try rig.wrong().isEmpty)
    }
    // Images of slots and sparse ones are expanded wherever they come from.
    let other = try #require(try MediaTekFamily().plan(rig.request(folder), for: nil))
    #expect(other.steps.count == 4)
  }

  @Test func `only what is chosen is written, with files of the user's own`() async throws {
    let rig = try Self.rig()
    let package = try rig.package()
    #expect(await rig.outcome(rig.request(package, .firmwareUpgrade)) == .done)
    let mine = XFlashRig.pattern(1234, seed: 9)
    var request = rig.request(package)
    request.package.only = ["logo"]
    request.scatter.files = ["logo": rig.files.write(mine, to: "mine.bin")]
    let plan = try await rig.plan(request)
    #expect(plan.steps.map(\.name) == ["logo"])
    #expect(await rig.outcome(request) == .done)
    #expect(try rig.stored(rig.userFile, at: try #require(try rig.table()["logo"]).lowerBound, count: 1234) == mine)
    request.package.only = ["nothing"]
    guard case .refused(.refused(.unknownEntry("nothing"), _)) = await rig.outcome(request) else {
      Issue.record("an unknown entry was taken")
      return
    }
  }

  @Test func `what only this device has is written with consent, and copied first`() async throws {
    let rig = try Self.rig()
    let package = try rig.package()
    #expect(await rig.outcome(rig.request(package, .firmwareUpgrade)) == .done)
    let place = try #require(try rig.table()["nvram"])
    let own = XFlashRig.pattern(2 << 20, seed: 11)
    try rig.store(own, in: rig.userFile, at: place.lowerBound)
    var request = rig.request(package)
    request.package.only = ["nvram"]
    request.scatter.files = ["nvram": rig.files.write(XFlashRig.pattern(4096, seed: 12), to: "nvram.bin")]
    guard case .refused(.refused(.protected(["nvram"]), _)) = await rig.outcome(request) else {
      Issue.record("written without consent")
      return
    }
    #expect(try rig.stored(rig.userFile, at: place.lowerBound, count: own.count) == own)
    request.package.allowsProtected = true
    let report = try await rig.flash(request)
    #expect(report.saved.map(\.name) == ["nvram"])
    #expect(FileManager.default.contents(atPath: rig.copies + "/nvram.bin").map { [UInt8]($0) } == own)
    #expect(try rig.stored(rig.userFile, at: place.lowerBound, count: 4096) == XFlashRig.pattern(4096, seed: 12))
  }

  @Test func `a package for another chip is refused unless it is forced`() async throws {
    let rig = try Self.rig()
    let package = try rig.package(platform: "MT6789")
    var request = rig.request(package, .firmwareUpgrade)
    guard case .refused(.refused(.otherPlatform("MT6789", "MT6765"), _)) = await rig.outcome(request) else {
      Issue.record("another chip's package was taken")
      return
    }
    request.isForced = true
    #expect(await rig.outcome(request) == .done)
  }

  @Test func `formatting takes two words, and needs a boot loader to write`() async throws {
    let rig = try Self.rig()
    let package = try rig.package()
    #expect(await rig.outcome(rig.request(package, .firmwareUpgrade)) == .done)
    var request = rig.request(package, .formatAllAndDownload)
    for consent in [(false, false), (true, false), (false, true)] {
      (request.package.allowsFullErase, request.package.allowsProtected) = consent
      guard case .refused(.refused(.losesIdentity(let names), _)) = await rig.outcome(request) else {
        Issue.record("formatted without consent")
        return
      }
      #expect(names == ["proinfo", "nvram"])
    }
    (request.package.allowsFullErase, request.package.allowsProtected) = (true, true)
    let without = try rig.package(in: "without", hasPreloader: false)
    var other = request
    other.descriptors = [without]
    guard case .refused(.refused(.needsPreloader, _)) = await rig.outcome(other) else {
      Issue.record("formatted without a boot loader")
      return
    }
    let end: UInt64 = 64 << 20
    try rig.store([0xAA], in: rig.userFile, at: 0x180000)
    try rig.store([0xBB], in: rig.userFile, at: end - 0x108000)
    #expect(await rig.outcome(request) == .done)
    #expect(try rig.wrong().isEmpty)
    // The reserved end stays, everything else is gone.
    #expect(try rig.stored(rig.userFile, at: 0x180000, count: 1) == [0])
    #expect(try rig.stored(rig.userFile, at: end - 0x108000, count: 1) == [0xBB])
    request.scatter.mode = .formatAll
    request.scatter.includesBoot = true
    #expect(await rig.outcome(request) == .done)
    #expect(try rig.stored("boot1", at: 0, count: 4096).allSatisfy { $0 == 0 })
    #expect(throws: (any Error).self) { try rig.table() }
  }
}
